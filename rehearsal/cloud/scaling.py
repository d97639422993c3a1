"""Subnets of the instances of an Auto Scaling group: moto launches all of them in the first subnet."""

from collections import Counter
from typing import Any

from moto.autoscaling import models


def repair() -> None:
    """Spread the instances of a group over its subnets, as AWS does."""
    group: Any = models.FakeAutoScalingGroup
    group.replace_autoscaling_group_instances = _launch


def _launch(group: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
    tags = propagated_tags | {models.ASG_NAME_TAG: group.name} | group.instance_tags
    for _ in range(count_needed):
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
            instance_type=_instance_type(group),
            tags={"instance": dict(tags)},
            launch_config=group.launch_config,
            launch_template=template,
            is_instance_type_default=False,
            subnet_id=_emptiest_subnet(group),
        )
        for instance in reservation.instances:
            instance.autoscaling_group = group
            protected = group.new_instances_protected_from_scale_in
            group.instance_states.append(
                models.InstanceState(instance, protected_from_scale_in=protected)
            )


def _emptiest_subnet(group: Any) -> str:
    subnets = group.vpc_zone_identifier.split(",")
    used = Counter(state.instance.subnet_id for state in group.active_instances())
    return min(subnets, key=lambda subnet: used[subnet])


def _instance_type(group: Any) -> str:
    """The first of the mixed instance types, as if AWS never ran out of its capacity."""
    policy = group.mixed_instances_policy or {}
    overrides = (policy.get("LaunchTemplate") or {}).get("Overrides") or [{}]
    return overrides[0].get("InstanceType") or group.instance_type
