"""Settings of an Auto Scaling group that an update changes on AWS. moto's update ignores some, and describes a template that is gone."""

from collections.abc import Callable
from typing import Any

from moto.autoscaling import models, responses
from moto.core.responses import ActionResult


def repair() -> None:
    """Take every setting of an update that a group has, and describe one way of launching."""
    response: Any = responses.AutoScalingResponse
    response.update_auto_scaling_group = _whole(response.update_auto_scaling_group)
    group: Any = models.FakeAutoScalingGroup
    group.launch_template = property(_alone(group.launch_template.fget))


def _whole(update: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html"""

    def update_auto_scaling_group(response: Any) -> ActionResult:
        answer = update(response)
        name = response._get_param("AutoScalingGroupName")
        group = response.autoscaling_backend.autoscaling_groups[name]
        group.capacity_rebalance = response._get_bool_param(
            "CapacityRebalance", group.capacity_rebalance
        )
        group.termination_policies = response._get_param(
            "TerminationPolicies", group.termination_policies
        )
        return answer

    return update_auto_scaling_group


def _alone(template: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A group with a policy of mixed instances has its template in there, and no other.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
    """
    return lambda group: None if group.mixed_instances_policy else template(group)
