"""How an Auto Scaling group launches: in each of its subnets, and again after a failure. moto does neither."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.autoscaling import models
from moto.ec2.exceptions import EC2ClientError

from . import activities, shortages
from .pace import PACE

RETRY = 60.0
"""Seconds after which a group that got no capacity tries again. AWS names no number, and waits longer each time."""

LAUNCHED_WITH = ("launch_config_name", "launch_template", "mixed_instances_policy")
"""Arguments of an update that say what a group launches."""


def repair() -> None:
    """Spread the instances of a group over its subnets, as AWS does, and accept a group whose launches fail."""
    group: Any = models.FakeAutoScalingGroup
    group.replace_autoscaling_group_instances = lambda self, count, _: launch(self, count)
    group.update = _moved(group.update)


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
        for state in group.active_instances():
            if state.instance.subnet_id not in subnets and launch(group, 1):
                end(group, state.instance.id)

    return update_group


def end(group: Any, instance: str) -> None:
    """Terminate an instance that gets no successor."""
    # Taken out first, or moto launches a machine in its place.
    states = group.instance_states
    group.instance_states = [state for state in states if state.instance.id != instance]
    group.ec2_backend.terminate_instances([instance])
    activities.done(group, f"Terminating EC2 instance: {instance}")


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
                PACE.after(RETRY, lambda: _fill(group))
            break
        launched.append(instance)
    return launched


def _launch_one(group: Any) -> str | None:
    """The id of one new instance: of the first type that some subnet has capacity for, or None."""
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
    instance.autoscaling_group = group
    protected = group.new_instances_protected_from_scale_in
    group.instance_states.append(models.InstanceState(instance, protected_from_scale_in=protected))
    activities.done(group, f"Launching a new EC2 instance: {instance.id}")
    return instance.id


def _fill(group: Any) -> None:
    """Launch what is missing of the desired capacity, if the group still exists."""
    if group.autoscaling_backend.autoscaling_groups.get(group.name) is group:
        launch(group, group.desired_capacity - len(group.active_instances()))


def _emptiest_first(group: Any) -> list[str]:
    used = Counter(state.instance.subnet_id for state in group.active_instances())
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
