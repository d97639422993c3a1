"""Machines of an Auto Scaling group on their way: moto's are in service at once, and gone at once.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from collections.abc import Callable
from typing import Any

from moto.autoscaling import models, responses
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.core.responses import ActionResult
from moto.ec2.models import instances

from . import activities, hooks
from .pace import PACE

IN_SERVICE = "InService"


def repair() -> None:
    """Show the template's version of each machine, and let a machine leave its group when EC2 has ended it."""
    state: Any = models.InstanceState
    state.launch_template = property(_template)
    instance: Any = instances.Instance
    instance.terminate = _noticed(instance.terminate)
    response: Any = responses.AutoScalingResponse
    response.create_auto_scaling_group = _with_hooks(response.create_auto_scaling_group)
    response.delete_auto_scaling_group = _delete_group


def counted(group: Any) -> list[Any]:
    """The machines that count as capacity: those that are in service, or on their way there."""
    return [
        member
        for member in group.instance_states
        if member.lifecycle_state == IN_SERVICE or member.lifecycle_state.startswith("Pending")
    ]


def in_service(group: Any) -> list[Any]:
    return [member for member in group.instance_states if member.lifecycle_state == IN_SERVICE]


def enter(group: Any, instance: Any, refill: Callable[[Any], None]) -> None:
    """Add a new instance to its group. It is in service when its launch hooks are completed.

    Otherwise it ends, and `refill` launches another one.
    """
    instance.autoscaling_group = group
    member: Any = models.InstanceState(
        instance,
        lifecycle_state="Pending",
        protected_from_scale_in=group.new_instances_protected_from_scale_in,
    )
    member.version = group.launch_template_version if group.ec2_launch_template else ""
    group.instance_states.append(member)
    activity = activities.begun(group, f"Launching a new EC2 instance: {instance.id}")

    def proceed(result: str, reason: str) -> None:
        if not _is_member(group, member):
            activities.end(activity, "Cancelled", "the machine has ended before")
        elif result == "CONTINUE":
            member.lifecycle_state, member.since = IN_SERVICE, PACE.now()
            activities.end(activity, "Successful")
        else:
            group.abandoned = [*abandoned(group), instance.id]
            activities.end(activity, "Cancelled", reason)
            leave(group, member)
            refill(group)

    hooks.begin(group, member, hooks.LAUNCHING, proceed)


def abandoned(group: Any) -> list[str]:
    """The instances that ended because their launch hook was not completed, in their order."""
    return vars(group).get("abandoned", [])


def leave(group: Any, member: Any) -> None:
    """End a machine: its termination hooks first, and then its instance. Nothing replaces it."""
    hooks.give_up(member)
    member.lifecycle_state = "Terminating"
    activity = activities.begun(group, f"Terminating EC2 instance: {member.instance.id}")

    def proceed(_: str, __: str) -> None:
        if _is_member(group, member):
            group.ec2_backend.terminate_instances([member.instance.id])
        activities.end(activity, "Successful")

    # Both results end the instance.
    hooks.begin(group, member, hooks.TERMINATING, proceed)


def _is_member(group: Any, member: Any) -> bool:
    return member in group.instance_states


def _noticed(terminate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def terminate_instance(instance: Any) -> Any:
        before = terminate(instance)
        group = vars(instance).get("autoscaling_group")
        if group is not None:
            _forget(group, instance)
        return before

    return terminate_instance


def _forget(group: Any, instance: Any) -> None:
    for member in group.instance_states:
        if member.instance is instance:
            hooks.give_up(member)
    group.instance_states = [one for one in group.instance_states if one.instance is not instance]


def _template(member: Any) -> dict[str, Any] | None:
    """The template that launched a machine. moto answers with the group's, in its default version."""
    template = member.auto_scaling_group.ec2_launch_template
    if template is None:
        return None
    version = vars(member).get("version") or template.default_version_number
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Version": str(version),
    }


def _with_hooks(create: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Make the hooks of a new group before its first machine.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html (LifecycleHookSpecificationList)
    """

    def create_auto_scaling_group(response: Any) -> ActionResult:
        backend, name = response.autoscaling_backend, response._get_param("AutoScalingGroupName")
        if name in backend.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists", f"AutoScalingGroup by this name already exists - {name}"
            )
        asked = response._get_param("LifecycleHookSpecificationList") or []
        for hook in asked:
            hooks.put(backend, name, hook)
        try:
            return create(response)
        except Exception:
            for hook in asked:
                backend.delete_lifecycle_hook(name, hook["LifecycleHookName"])
            raise

    return create_auto_scaling_group


def _delete_group(response: Any) -> ActionResult:
    """Delete a group that has no machines, or one with its machines, whose hooks then count for nothing.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html
    """
    backend, name = response.autoscaling_backend, response._get_param("AutoScalingGroupName")
    group = backend.autoscaling_groups.get(name)
    forced = response._get_bool_param("ForceDelete", False)
    if group is not None and group.instance_states and not forced:
        raise AutoscalingClientError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance "
            "request(s) still in the group.",
        )
    if group is not None:
        for hook in backend.describe_lifecycle_hooks(name):
            backend.lifecycle_hooks.pop(f"{name}_{hook.name}")
        for member in list(group.instance_states):
            hooks.give_up(member)
            member.lifecycle_state = "Terminating"
            group.ec2_backend.terminate_instances([member.instance.id])
    backend.delete_auto_scaling_group(name)
    return ActionResult({})
