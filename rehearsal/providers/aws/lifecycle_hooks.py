"""Lifecycle hooks of Auto Scaling groups."""

from typing import Any

from ..resource_type import Made, Properties
from .resource import AwsResource, inputs_from, request
from .session import Aws

ASKED = ("lifecycleTransition", "defaultResult", "heartbeatTimeout", "notificationMetadata")


class LifecycleHookResource(AwsResource):
    """A hook at which machines of a group wait. Its id is its name, which other groups have too.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/lifecycle_hook.go
    """

    engine_type = "aws:autoscaling/lifecycleHook:LifecycleHook"
    tagged = False
    autoname = "name"
    replaces = frozenset({"name", "autoscalingGroupName", "region"})
    # Without its launch hook a group ends the machines that wait for it.
    takes_over = True

    def create(self, aws: Aws, inputs: Properties) -> Made:
        """A hook of that name that is there already, as of a group's creation, becomes this one."""
        put_hook(aws, inputs["autoscalingGroupName"], inputs)
        return Made(inputs["name"], {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        hook = find(aws, known["autoscalingGroupName"], identity)
        if hook is None:
            return None
        group = {"name": identity, "autoscalingGroupName": known["autoscalingGroupName"]}
        return group | inputs_from(hook, *ASKED)

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        put_hook(aws, new["autoscalingGroupName"], new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        group = properties["autoscalingGroupName"]
        if find(aws, group, identity):
            aws.client("autoscaling").delete_lifecycle_hook(
                LifecycleHookName=identity, AutoScalingGroupName=group
            )


def find(aws: Aws, group: str, name: str) -> dict[str, Any] | None:
    """A hook of a group, or None."""
    found = aws.client("autoscaling").describe_lifecycle_hooks(
        AutoScalingGroupName=group, LifecycleHookNames=[name]
    )
    return next(iter(found["LifecycleHooks"]), None)


def put_hook(aws: Aws, group: str, hook: Properties) -> None:
    """Make a hook of a group, or change the one of its name."""
    aws.client("autoscaling").put_lifecycle_hook(
        LifecycleHookName=hook["name"],
        AutoScalingGroupName=group,
        **request(hook, *ASKED, notificationTargetArn="NotificationTargetARN", roleArn="RoleARN"),
    )


RESOURCES = (LifecycleHookResource(),)
