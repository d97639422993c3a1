"""How the machines of a pool begin, end and are replaced: the hooks and the refresh of its Auto Scaling group."""

import pulumi
from pulumi_aws import autoscaling

from .facts.lifecycle import JOINED, LEFT
from .spec.rollout import RolloutSection

ALL = 100
"""The last pause of a refresh that replaces the whole pool. AWS ends a refresh after the last one that is named."""


def initial_hooks(rollout: RolloutSection) -> list[autoscaling.GroupInitialLifecycleHookArgsDict]:
    """The hooks that a group is made with, so that its first machines have them."""
    return [
        {
            "name": JOINED,
            "lifecycle_transition": "autoscaling:EC2_INSTANCE_LAUNCHING",
            # A machine that does not become a node is of no use, and no old machine may end for it.
            "default_result": "ABANDON",
            "heartbeat_timeout": rollout.join_seconds,
        },
        {
            "name": LEFT,
            "lifecycle_transition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "default_result": "CONTINUE",
            "heartbeat_timeout": rollout.leave_seconds,
        },
    ]


def make_hooks(
    name: str, group: autoscaling.Group, rollout: RolloutSection, opts: pulumi.ResourceOptions
) -> list[autoscaling.LifecycleHook]:
    """The same hooks as resources of their own: groups of earlier programs get them, and changed times arrive.

    They are deleted before their group, so that `destroy` waits for no machine to drain.
    """
    return [
        autoscaling.LifecycleHook(
            f"{name}-{hook['name']}", autoscaling_group_name=group.name, opts=opts, **hook
        )
        for hook in initial_hooks(rollout)
    ]


def refresh(rollout: RolloutSection) -> autoscaling.GroupInstanceRefreshArgsDict:
    """How an instance refresh replaces the machines of a pool.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
    """
    preferences: autoscaling.GroupInstanceRefreshPreferencesArgsDict = {
        "min_healthy_percentage": rollout.min_healthy_percentage,
        "max_healthy_percentage": rollout.max_healthy_percentage,
        # The launch hook says when a machine is there, so this is a margin and no guess.
        "instance_warmup": str(rollout.warm_up_seconds),
        "auto_rollback": rollout.auto_rollback,
        # A machine of the wanted version stays: what a cancelled refresh has done is not done twice.
        "skip_matching": True,
        # Who protects a machine, or takes it out of service to look at it, wants it to stay.
        "scale_in_protected_instances": "Ignore",
        "standby_instances": "Ignore",
    }
    if rollout.pause_at_percentages:
        preferences["checkpoint_percentages"] = [*rollout.pause_at_percentages, ALL]
        preferences["checkpoint_delay"] = str(rollout.pause_seconds)
    return {"strategy": "Rolling", "preferences": preferences}
