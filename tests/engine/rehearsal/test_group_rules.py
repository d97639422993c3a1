"""Auto Scaling groups, as AWS replaces their machines and as the provider waits for them."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.providers.aws.autoscaling import AutoScalingGroupResource
from rehearsal.providers.aws.capacity import seconds
from rehearsal.providers.aws.instances import InstanceResource
from rehearsal.providers.aws.launch_templates import LaunchTemplateResource
from rehearsal.providers.resource_type import UnfinishedError
from tests.engine.rehearsal.groups import described, machines, refreshes, version_two
from tests.support.patience import wait_until


def test_a_new_template_starts_a_machine_beside_the_only_one_and_ends_that_later(aws, make_group):
    group = make_group()

    AutoScalingGroupResource().update(aws, group["name"], group, version_two(group))

    assert machines(aws, group) == ["t3.large", "t3.small"]
    wait_until(lambda: machines(aws, group) == ["t3.large"])
    [refresh] = refreshes(aws, group)
    assert refresh["Preferences"] == {
        "MinHealthyPercentage": 100,
        "MaxHealthyPercentage": 110,
        "InstanceWarmup": 10,
        "ScaleInProtectedInstances": "Ignore",
        "StandbyInstances": "Ignore",
        "SkipMatching": False,
        "AutoRollback": False,
    }
    wait_until(lambda: refreshes(aws, group)[0]["Status"] == "Successful")


def test_a_refresh_takes_one_machine_of_three_after_the_other(aws, make_group):
    group = make_group(minSize=3)

    AutoScalingGroupResource().update(aws, group["name"], group, version_two(group))

    seen = []

    def all_new():
        seen.append(machines(aws, group))
        return seen[-1] == ["t3.large"] * 3

    wait_until(all_new)
    assert {len(each) for each in seen} <= {3, 4}
    assert seen[0] == ["t3.large", "t3.small", "t3.small", "t3.small"]


def test_a_second_change_cancels_the_refresh_that_runs_and_starts_another(aws, make_group):
    group = make_group(minSize=3)
    AutoScalingGroupResource().update(aws, group["name"], group, version_two(group))

    back = version_two(group, launchTemplate=group["launchTemplate"])
    AutoScalingGroupResource().update(aws, group["name"], version_two(group), back)

    assert [one["Status"] for one in refreshes(aws, group)] == ["InProgress", "Cancelled"]
    wait_until(lambda: machines(aws, group) == ["t3.small"] * 3)


def test_percentages_more_than_a_hundred_apart_are_refused(aws, make_group):
    group = make_group()
    preferences = {"minHealthyPercentage": 50, "maxHealthyPercentage": 200}
    wide = {"strategy": "Rolling", "preferences": preferences}

    with pytest.raises(ClientError, match="at most 100 above"):
        AutoScalingGroupResource().update(
            aws, group["name"], group, version_two(group, instanceRefresh=wide)
        )


def test_a_zone_that_is_taken_away_loses_its_machines_to_the_others(aws, ec2, make_group, subnets):
    group = make_group(minSize=2)

    AutoScalingGroupResource().update(
        aws, group["name"], group, group | {"vpcZoneIdentifiers": subnets[:1]}
    )

    ids = [
        instance["InstanceId"]
        for instance in described(aws, group)["Instances"]
        if instance["LifecycleState"] == "InService"
    ]
    found = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert [i["SubnetId"] for part in found for i in part["Instances"]] == subnets[:1] * 2


@pytest.mark.parametrize("code", ["InsufficientInstanceCapacity", "VcpuLimitExceeded"])
def test_a_failed_launch_fails_the_creation_and_aws_has_the_group_all_the_same(
    aws, make_group, short, code
):
    short(t3_small=code)

    with pytest.raises(UnfinishedError, match=rf"scaling activity \(\S+\): Failed: .*{code}"):
        make_group()

    [found] = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][-1:]
    assert (found["DesiredCapacity"], found["Instances"]) == (1, [])


def test_one_short_zone_fails_the_creation_of_a_group_that_has_all_its_machines(
    aws, make_group, short
):
    short(**{"t3_small/eu-west-1a": "InsufficientInstanceCapacity"})

    with pytest.raises(UnfinishedError, match="Failed: Could not launch On-Demand Instances"):
        make_group(minSize=2)

    [found] = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][-1:]
    assert len(found["Instances"]) == 2


def test_without_the_wait_a_failed_launch_is_written_down_and_made_good_later(
    aws, make_group, short
):
    short(t3_small="VcpuLimitExceeded")

    group = make_group(waitForCapacityTimeout="0")

    found = aws.client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=group["name"]
    )["Activities"]
    assert {(one["StatusCode"], one["Progress"]) for one in found} == {("Failed", 100)}
    assert "VcpuLimitExceeded" in found[0]["StatusMessage"]
    short()
    wait_until(lambda: machines(aws, group) == ["t3.small"])


def test_a_second_type_is_taken_where_the_first_has_no_capacity(aws, make_group, short):
    short(t3_small="InsufficientInstanceCapacity")
    group = make_group(waitForCapacityTimeout="0")
    template = group.pop("launchTemplate")
    policy = {
        "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 100},
        "launchTemplate": {
            "launchTemplateSpecification": {"launchTemplateId": template["id"], "version": "1"},
            "overrides": [{"instanceType": "t3.small"}, {"instanceType": "t3a.small"}],
        },
    }

    mixed = group | {"mixedInstancesPolicy": policy, "minSize": 2}
    AutoScalingGroupResource().update(aws, group["name"], group, mixed)

    wait_until(lambda: machines(aws, group) == ["t3a.small"] * 2)
    assert "LaunchTemplate" not in described(aws, group)


def test_a_change_of_the_least_waits_for_exactly_the_size_that_the_state_knows(aws, make_group):
    group = make_group(waitForCapacityTimeout="2s")
    state = group | {"desiredCapacity": 1}
    aws.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=group["name"], DesiredCapacity=3
    )

    with pytest.raises(UnfinishedError, match=r"want exactly 2 healthy instance\(s\).*have 3"):
        AutoScalingGroupResource().update(aws, group["name"], state, group | {"minSize": 2})


def test_without_the_wait_the_least_changes_beside_a_size_that_the_autoscaler_chose(
    aws, make_group
):
    group = make_group(waitForCapacityTimeout="0")
    aws.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=group["name"], DesiredCapacity=3
    )

    outputs = AutoScalingGroupResource().update(aws, group["name"], group, group | {"minSize": 2})

    assert outputs["desiredCapacity"] == 3


def test_an_instance_of_its_own_is_refused_where_there_is_no_capacity(aws, image, subnets, short):
    short(t3_small="InsufficientInstanceCapacity")

    with pytest.raises(ClientError, match="do not have sufficient t3"):
        InstanceResource().create(
            aws, {"ami": image, "instanceType": "t3.small", "subnetId": subnets[0]}
        )


@pytest.mark.parametrize(
    ("duration", "expected"), [("0", 0), ("10m", 600), ("1h2m3s", 3723), ("500ms", 0.5)]
)
def test_a_duration_is_read_as_go_reads_it(duration, expected):
    assert seconds(duration) == expected


def test_a_group_whose_template_is_gone_launches_nothing_and_says_why(aws, make_group, image):
    own = {"name": "own", "imageId": image, "instanceType": "t3.small"}
    template = LaunchTemplateResource().create(aws, own).id
    group = make_group(launchTemplate={"id": template, "version": "1"})
    autoscaling, machines = aws.client("autoscaling"), aws.client("ec2")
    named = {"AutoScalingGroupName": group["name"]}
    machines.delete_launch_template(LaunchTemplateId=template)
    [found] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])[
        "AutoScalingGroups"
    ]

    machines.terminate_instances(InstanceIds=[found["Instances"][0]["InstanceId"]])

    said = [
        activity["StatusMessage"]
        for activity in autoscaling.describe_scaling_activities(**named)["Activities"]
        if activity["StatusCode"] == "Failed"
    ]
    assert said == [
        f"The specified launch template, with template ID {template}, does not exist. Launching EC2 instance failed."
    ]
