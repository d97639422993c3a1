"""Auto Scaling groups, as AWS describes them."""

from typing import Any

from rehearsal.providers.aws.session import Aws

Group = dict[str, Any]


def described(aws: Aws, group: Group) -> dict[str, Any]:
    found = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[group["name"]]
    )
    return found["AutoScalingGroups"][0]


def states(aws: Aws, group: Group) -> list[str]:
    """The lifecycle states of the group's machines, in the order of their launches."""
    return [one["LifecycleState"] for one in described(aws, group)["Instances"]]


def ids(aws: Aws, group: Group) -> list[str]:
    """The ids of the group's machines, in the order of their launches."""
    return [one["InstanceId"] for one in described(aws, group)["Instances"]]


def machines(aws: Aws, group: Group) -> list[str]:
    """The types of the group's machines, without those that are on their way out."""
    return sorted(
        one["InstanceType"]
        for one in described(aws, group)["Instances"]
        if not one["LifecycleState"].startswith("Terminating")
    )


def refreshes(aws: Aws, group: Group) -> list[dict[str, Any]]:
    return aws.client("autoscaling").describe_instance_refreshes(
        AutoScalingGroupName=group["name"]
    )["InstanceRefreshes"]


def activities(aws: Aws, group: Group) -> list[dict[str, Any]]:
    """What the group did, the last first."""
    return aws.client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=group["name"]
    )["Activities"]


def version_two(group: Group, **more: Any) -> Group:
    """The group with the second version of its template, which has another instance type."""
    template = {"id": group["launchTemplate"]["id"], "version": "2"}
    return group | {"launchTemplate": template} | more
