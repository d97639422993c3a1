"""How an Auto Scaling group keeps its size: it launches in each of its subnets, and again after a failure, and shrinks in order."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.autoscaling import models
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.ec2.exceptions import EC2ClientError

from . import activities, hooks, members, shortages
from .pace import PACE

RETRY = 60.0
"""Seconds after which a group that got no capacity tries again. AWS names no number, and waits longer each time."""

LAUNCHED_WITH = ("launch_config_name", "launch_template", "mixed_instances_policy")
"""Arguments of an update that say what a group launches."""


def repair() -> None:
    """Spread the instances of a group over its subnets, as AWS does, and accept a group whose launches fail."""
    group: Any = models.FakeAutoScalingGroup
    group.set_desired_capacity = set_size
    group.update = _moved(group.update)
    backend: Any = models.AutoScalingBackend
    backend.notify_terminate_instances = _notice_ended
    backend.terminate_instance = _terminate


def set_size(group: Any, wanted: int | None) -> None:
    """Set the desired capacity, and launch or end machines. moto ends the oldest at once, whatever their zones are."""
    group.desired_capacity = group.min_size if wanted is None else wanted
    _fill(group)
    shrink(group)
    backend = group.autoscaling_backend
    if group.name in backend.autoscaling_groups:
        backend.update_attached_elbs(group.name)
        backend.update_attached_target_groups(group.name)


def shrink(group: Any) -> None:
    """End the machines that are more than the desired capacity."""
    for member in surplus(group, len(members.counted(group)) - group.desired_capacity):
        members.leave(group, member)


def surplus(group: Any, count: int) -> list[Any]:
    """The machines that a smaller group ends: from the fullest zone, of the oldest template, and the oldest of those.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
    """
    left = [one for one in members.counted(group) if not one.protected_from_scale_in]
    chosen: list[Any] = []
    while left and len(chosen) < count:
        zones = Counter(
            one.availability_zone for one in members.counted(group) if one not in chosen
        )
        # `min` takes the first of equals, and the members are in the order of their launches.
        least = min(
            left,
            key=lambda one: (
                # Nobody misses a machine that is not yet in service.
                one.lifecycle_state == members.IN_SERVICE,
                -zones[one.availability_zone],
                _version(one),
            ),
        )
        left.remove(least)
        chosen.append(least)
    return chosen


def _version(member: Any) -> int:
    version = str(vars(member).get("version", ""))
    return int(version) if version.isdigit() else 0


def _notice_ended(backend: Any, ended: list[str]) -> None:
    """Replace machines that somebody has terminated in EC2. Their hooks would find no machine any more."""
    for group in backend.autoscaling_groups.values():
        gone = [one for one in group.instance_states if one.instance.id in ended]
        if not gone:
            continue
        for member in gone:
            hooks.give_up(member)
        group.instance_states = [one for one in group.instance_states if one not in gone]
        _fill(group)
        backend.update_attached_elbs(group.name)


def _terminate(backend: Any, instance: str, should_decrement: bool) -> Any:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html"""
    for group in backend.autoscaling_groups.values():
        for member in members.counted(group):
            if member.instance.id == instance:
                before = group.desired_capacity
                group.desired_capacity -= 1 if should_decrement else 0
                members.leave(group, member)
                _fill(group)
                return models.TerminateInstanceActivity(member.instance, before)
    raise AutoscalingClientError(
        "ValidationError",
        f"Instance Id not found - No managed instance found for instance ID: {instance}",
    )


def _moved(update: Callable[..., None]) -> Callable[..., None]:
    """Move the machines out of subnets that a group no longer has: AWS launches elsewhere, and then terminates.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-add-availability-zone.html
    """

    def update_group(group: Any, *args: Any, **how: Any) -> None:
        policy = group.mixed_instances_policy
        update(group, *args, **how)
        if not any(how.get(name) for name in LAUNCHED_WITH):
            # A request that names none changes none. moto takes it away.
            group.mixed_instances_policy = policy
        subnets = (group.vpc_zone_identifier or "").split(",")
        for member in members.counted(group):
            if member.instance.subnet_id not in subnets and launch(group, 1):
                members.leave(group, member)

    return update_group


def launch(group: Any, count: int, *, again: bool = True) -> list[str]:
    """Launch instances for a group, until EC2 has no capacity anywhere. The value is the ids of the instances.

    `again` tells whether what is missing is launched later.
    """
    launched = []
    for _ in range(count):
        instance = _launch_one(group)
        if instance is None:
            # AWS goes on trying, and the group is accepted all the same.
            # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html
            if again:
                PACE.after(RETRY, lambda: _refill(group))
            break
        launched.append(instance)
    return launched


def _launch_one(group: Any) -> str | None:
    """The id of one new instance: of the first type that some subnet has capacity for, or None."""
    template = group.ec2_launch_template
    if template and template.id not in group.autoscaling_backend.ec2_backend.launch_templates:
        # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-launch-template.html
        why = f"The specified launch template, with template ID {template.id}, does not exist."
        activities.failed(group, f"{why} Launching EC2 instance failed.")
        return None
    for kind in _instance_types(group):
        for subnet in _emptiest_first(group):
            try:
                return _run(group, kind, subnet)
            except EC2ClientError as error:
                if not shortages.is_refusal(error):
                    raise
                why = f"Could not launch {_bought(group)} Instances. {error.code} - {error.message}"
                activities.failed(group, f"{why} Launching EC2 instance failed.")
    return None


def _run(group: Any, kind: str, subnet: str) -> str:
    tags = group.get_propagated_tags() | {models.ASG_NAME_TAG: group.name} | group.instance_tags
    template = None
    if group.ec2_launch_template:
        template = {
            "LaunchTemplateId": group.ec2_launch_template.id,
            "Version": group.launch_template_version,
        }
    reservation = group.autoscaling_backend.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=kind,
        tags={"instance": tags},
        launch_config=group.launch_config,
        launch_template=template,
        is_instance_type_default=False,
        subnet_id=subnet,
    )
    [instance] = reservation.instances
    if _bought(group) == "Spot":
        instance.lifecycle = "spot"
    members.enter(group, instance, _refill)
    return instance.id


def _fill(group: Any) -> None:
    """Launch what is missing of the desired capacity."""
    launch(group, group.desired_capacity - len(members.counted(group)))


def _refill(group: Any) -> None:
    """Launch what is missing, if the group still exists."""
    if group.autoscaling_backend.autoscaling_groups.get(group.name) is group:
        _fill(group)


def _emptiest_first(group: Any) -> list[str]:
    used = Counter(member.instance.subnet_id for member in members.counted(group))
    return sorted(group.vpc_zone_identifier.split(","), key=lambda subnet: used[subnet])


def _bought(group: Any) -> str:
    distribution = (group.mixed_instances_policy or {}).get("InstancesDistribution") or {}
    percentage = distribution.get("OnDemandPercentageAboveBaseCapacity", 100)
    return "Spot" if int(percentage) == 0 else "On-Demand"


def _instance_types(group: Any) -> list[str]:
    """The types of a mixed group in their order, or the type of the template."""
    policy = group.mixed_instances_policy or {}
    overrides = (policy.get("LaunchTemplate") or {}).get("Overrides") or []
    kinds = [part["InstanceType"] for part in overrides if part.get("InstanceType")]
    return kinds or [group.instance_type]
