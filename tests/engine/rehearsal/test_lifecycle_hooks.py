"""Lifecycle hooks of Auto Scaling groups: a machine waits until it is completed, and what becomes of it otherwise."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.cloud.pace import SPEED
from rehearsal.providers.aws.autoscaling import AutoScalingGroupResource
from rehearsal.providers.aws.lifecycle_hooks import LifecycleHookResource
from tests.engine.rehearsal.groups import activities, described, ids, states

JOINED = {
    "name": "joined",
    "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "defaultResult": "ABANDON",
    "heartbeatTimeout": 1200,
}
LEFT = {
    "name": "left",
    "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "defaultResult": "CONTINUE",
    "heartbeatTimeout": 720,
}
PROCEEDS = 9
"""Seconds after which a machine has gone on, or has ended, when its last hook is completed."""


@pytest.fixture
def scaling(aws):
    return aws.client("autoscaling")


@pytest.fixture
def made(aws, make_group):
    """A group whose machines have both hooks from their beginning."""

    def make(**more):
        return make_group(initialLifecycleHooks=[JOINED, LEFT], waitForCapacityTimeout="0", **more)

    return make


def completed(scaling, group, hook, instance, result="CONTINUE"):
    scaling.complete_lifecycle_action(
        AutoScalingGroupName=group["name"],
        LifecycleHookName=hook,
        InstanceId=instance,
        LifecycleActionResult=result,
    )


def resized(scaling, group, size):
    scaling.set_desired_capacity(AutoScalingGroupName=group["name"], DesiredCapacity=size)


def test_the_first_machine_waits_for_the_hook_that_the_group_was_made_with(
    aws, scaling, made, hosted, passes
):
    group = made()

    waiting = states(aws, group)
    completed(scaling, group, "joined", *ids(aws, group))
    proceeding = states(aws, group)
    passes(PROCEEDS)

    assert (waiting, proceeding) == (["Pending:Wait"], ["Pending:Proceed"])
    assert states(aws, group) == ["InService"]


def test_a_machine_finds_its_group_and_its_state_by_its_own_id(aws, scaling, made, hosted):
    group = made(minSize=2)
    one, _ = ids(aws, group)

    [found] = scaling.describe_auto_scaling_instances(InstanceIds=[one])["AutoScalingInstances"]

    assert found["AutoScalingGroupName"] == group["name"]
    assert found["LifecycleState"] == "Pending:Wait"
    assert found["LaunchTemplate"]["Version"] == "1"


def test_a_machine_that_does_not_join_in_time_ends_and_another_one_is_launched(
    aws, made, hosted, passes
):
    group = made()
    before = ids(aws, group)

    passes(1199 * SPEED)
    kept = ids(aws, group)
    passes(5 * SPEED)
    passes(720 * SPEED)
    passes(5 * SPEED)

    assert kept == before
    assert len(ids(aws, group)) == 1
    assert ids(aws, group) != before
    found = [one for one in activities(aws, group) if one["StatusCode"] == "Cancelled"]
    assert [one["StatusMessage"].rpartition(" was ")[2] for one in found] == [
        "abandoned: Heartbeat Timeout"
    ]


def test_an_abandoned_launch_ends_at_once(aws, scaling, made, hosted, passes):
    group = made()
    [first] = ids(aws, group)

    completed(scaling, group, "joined", first, "ABANDON")
    passes(PROCEEDS)

    assert states(aws, group) == ["Terminating:Wait", "Pending:Wait"]
    completed(scaling, group, "left", first)
    passes(PROCEEDS)
    assert first not in ids(aws, group)


def test_a_heartbeat_begins_the_time_again(aws, scaling, made, hosted, passes):
    group = made()
    [first] = ids(aws, group)

    passes(1000 * SPEED)
    scaling.record_lifecycle_action_heartbeat(
        AutoScalingGroupName=group["name"], LifecycleHookName="joined", InstanceId=first
    )
    passes(1000 * SPEED)

    assert states(aws, group) == ["Pending:Wait"]


def test_heartbeats_end_after_a_hundred_times_the_timeout(aws, scaling, made, hosted, passes):
    group = made()
    [first] = ids(aws, group)

    for _ in range(121):
        passes(1000 * SPEED)
        if states(aws, group)[:1] == ["Pending:Wait"] and first in ids(aws, group):
            scaling.record_lifecycle_action_heartbeat(
                AutoScalingGroupName=group["name"], LifecycleHookName="joined", InstanceId=first
            )

    assert first not in ids(aws, group)


def test_a_machine_that_leaves_is_there_until_it_has_completed_its_hook(
    aws, scaling, made, hosted, passes
):
    group = made(minSize=0)
    resized(scaling, group, 1)
    [first] = ids(aws, group)
    completed(scaling, group, "joined", first)
    passes(PROCEEDS)

    resized(scaling, group, 0)
    leaving = states(aws, group)
    completed(scaling, group, "left", first)
    passes(PROCEEDS)

    assert leaving == ["Terminating:Wait"]
    assert ids(aws, group) == []


def test_a_machine_that_hangs_while_it_leaves_is_ended_by_the_timeout(
    aws, scaling, made, hosted, passes
):
    group = made(minSize=0)
    resized(scaling, group, 1)
    completed(scaling, group, "joined", *ids(aws, group))
    passes(PROCEEDS)
    resized(scaling, group, 0)

    passes(719 * SPEED)
    kept = states(aws, group)
    passes(4 * SPEED)

    assert kept == ["Terminating:Wait"]
    assert states(aws, group) == []


def test_a_hook_that_nobody_waits_for_is_refused_in_the_words_of_aws(aws, scaling, made, hosted):
    group = made()
    [first] = ids(aws, group)

    with pytest.raises(ClientError) as raised:
        completed(scaling, group, "left", first)

    assert raised.value.response["Error"]["Code"] == "ValidationError"
    assert raised.value.response["Error"]["Message"] == (
        f"No active Lifecycle Action found with instance ID {first}"
    )


def test_a_deleted_hook_lets_a_leaving_machine_go_and_abandons_a_new_one(
    aws, scaling, made, hosted, passes
):
    group = made(minSize=2)
    first, second = ids(aws, group)
    completed(scaling, group, "joined", first)
    passes(PROCEEDS)
    scaling.terminate_instance_in_auto_scaling_group(
        InstanceId=first, ShouldDecrementDesiredCapacity=True
    )

    for hook in ("left", "joined"):
        scaling.delete_lifecycle_hook(AutoScalingGroupName=group["name"], LifecycleHookName=hook)
    passes(PROCEEDS)

    assert not {first, second} & set(ids(aws, group))


def test_machines_that_nobody_runs_join_and_leave_by_themselves(aws, scaling, made, passes):
    group = made(minSize=0)
    resized(scaling, group, 2)

    before = states(aws, group)
    passes(25)
    joined = states(aws, group)
    resized(scaling, group, 1)
    leaving = states(aws, group)
    passes(20)

    assert before == ["Pending:Wait"] * 2
    assert joined == ["InService"] * 2
    assert sorted(leaving) == ["InService", "Terminating:Wait"]
    assert states(aws, group) == ["InService"]


def test_a_hook_is_read_back_and_changed_and_taken_away(aws, scaling, made, hosted):
    group = made()
    inputs = LEFT | {"autoscalingGroupName": group["name"]}

    hook = LifecycleHookResource().create(aws, inputs)
    LifecycleHookResource().update(aws, hook.id, inputs, inputs | {"heartbeatTimeout": 90})
    found = LifecycleHookResource().read(aws, hook.id, inputs) or {}
    [there] = scaling.describe_lifecycle_hooks(
        AutoScalingGroupName=group["name"], LifecycleHookNames=["left"]
    )["LifecycleHooks"]
    LifecycleHookResource().delete(aws, hook.id, inputs)

    assert hook.id == "left"
    assert (found["heartbeatTimeout"], found["defaultResult"]) == (90, "CONTINUE")
    assert there["GlobalTimeout"] == 9000
    assert LifecycleHookResource().read(aws, hook.id, inputs) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"heartbeatTimeout": 10}, "HeartbeatTimeout must be from 30 to 7200"),
        ({"defaultResult": "MAYBE"}, "DefaultResult must be one of CONTINUE, ABANDON"),
    ],
)
def test_a_hook_that_aws_would_not_take_is_refused(aws, make_group, changed, message):
    group = make_group()

    with pytest.raises(ClientError, match=message):
        LifecycleHookResource().create(
            aws, LEFT | {"autoscalingGroupName": group["name"]} | changed
        )


def test_a_group_is_deleted_when_its_machines_have_left(aws, scaling, made):
    group = made(minSize=2)

    AutoScalingGroupResource().delete(aws, group["name"], group)

    assert (
        scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])[
            "AutoScalingGroups"
        ]
        == []
    )
    assert (
        scaling.describe_lifecycle_hooks(AutoScalingGroupName=group["name"])["LifecycleHooks"] == []
    )


def test_a_group_with_machines_is_deleted_only_by_force(aws, scaling, made, hosted):
    group = made()

    with pytest.raises(ClientError, match="while there are instances"):
        scaling.delete_auto_scaling_group(AutoScalingGroupName=group["name"])

    assert states(aws, group) == ["Pending:Wait"]
    assert described(aws, group)["DesiredCapacity"] == 1
