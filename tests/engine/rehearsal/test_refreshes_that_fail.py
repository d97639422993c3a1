"""Instance refreshes whose machines do not join, as AWS ends them and as the provider asks for them."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.cloud.pace import SPEED
from rehearsal.providers.aws.autoscaling import AutoScalingGroupResource
from tests.engine.rehearsal.groups import described, machines, refreshes, version_two

JOINED = {
    "name": "joined",
    "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "defaultResult": "ABANDON",
    "heartbeatTimeout": 120,
}
LAUNCH_FIRST = {"minHealthyPercentage": 100, "maxHealthyPercentage": 110, "instanceWarmup": "0"}


@pytest.fixture
def group(make_group, passes):
    """A group whose two machines have joined."""
    made = make_group(minSize=2, initialLifecycleHooks=[JOINED], waitForCapacityTimeout="0")
    passes(30)
    return made


def refreshed(aws, group, **preferences):
    """The second version of the template is on its way."""
    refresh = {"strategy": "Rolling", "preferences": LAUNCH_FIRST | preferences}
    AutoScalingGroupResource().update(
        aws, group["name"], group, version_two(group, instanceRefresh=refresh)
    )


def test_a_refresh_to_machines_that_cannot_join_fails_and_ends_no_old_one(
    aws, group, hosted, passes
):
    refreshed(aws, group)

    passes(130 * SPEED)
    during = machines(aws, group)
    passes(3600)
    passes(30)

    [refresh] = refreshes(aws, group)
    assert during.count("t3.small") == 2
    assert refresh["Status"] == "Failed"
    assert machines(aws, group) == ["t3.small", "t3.small"]


def test_auto_rollback_goes_back_to_what_the_group_had_when_the_refresh_began(
    aws, group, hosted, passes
):
    aws.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=group["name"],
        DesiredConfiguration={
            "LaunchTemplate": {
                "LaunchTemplateId": group["launchTemplate"]["id"],
                "Version": "2",
            }
        },
        Preferences={
            "AutoRollback": True,
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 110,
            "InstanceWarmup": 0,
        },
    )

    passes(130 * SPEED)
    passes(3600)

    [refresh] = refreshes(aws, group)
    assert refresh["Status"] == "RollbackSuccessful"
    assert machines(aws, group) == ["t3.small", "t3.small"]
    assert described(aws, group)["LaunchTemplate"]["Version"] == "1"


def test_the_provider_changes_the_group_first_so_that_its_rollback_keeps_the_new_template(
    aws, group, hosted, passes
):
    refreshed(aws, group, autoRollback=True)

    passes(130 * SPEED)
    passes(3600)

    [refresh] = refreshes(aws, group)
    assert refresh["Status"] == "RollbackSuccessful"
    assert machines(aws, group) == ["t3.small", "t3.small"]
    assert described(aws, group)["LaunchTemplate"]["Version"] == "2"


def test_a_rollback_without_a_desired_configuration_is_refused(aws, group):
    with pytest.raises(ClientError, match="DesiredConfiguration parameter is empty"):
        aws.client("autoscaling").start_instance_refresh(
            AutoScalingGroupName=group["name"], Preferences={"AutoRollback": True}
        )


def test_machines_that_match_are_skipped(aws, group, passes):
    refreshed(aws, group)
    passes(600)
    first = machines(aws, group)

    aws.client("autoscaling").start_instance_refresh(
        AutoScalingGroupName=group["name"], Preferences={"SkipMatching": True}
    )

    assert first == ["t3.large", "t3.large"]
    assert refreshes(aws, group)[0]["Status"] == "Successful"
