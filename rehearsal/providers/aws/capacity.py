"""The wait for the machines of an Auto Scaling group, as the provider does it.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group.go (waitGroupCapacitySatisfied)
"""

import re
import time
from collections.abc import Callable, Collection
from typing import Any

from ...cloud.pace import SPEED
from ..resource_type import Properties, ProviderError
from .session import Aws

DEFAULT = "10m"
"""The provider's own `wait_for_capacity_timeout`."""

PAUSE_SECONDS = 0.2
UNITS = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}

FORGIVEN = "Invalid IAM Instance Profile"
"""The one failed launch that the provider forgives: the profile is young, and AWS will try again."""


def seconds(duration: str) -> float:
    """A duration of Go, such as `10m`, `1m30s` or `0`, in seconds."""
    parts = re.findall(r"([\d.]+)(ms|h|m|s)", duration)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def missing_after_create(aws: Aws, name: str, inputs: Properties) -> str | None:
    """Why a new group does not have its machines, after the wait. On creation any number above the least is enough."""
    least = inputs.get("desiredCapacity") or inputs["minSize"]

    def reason(there: int) -> str:
        if there >= least:
            return ""
        return f"want at least {least} healthy instance(s) in Auto Scaling Group, have {there}"

    return _wait(aws, name, inputs, reason, known=())


def missing_after_update(
    aws: Aws, name: str, old: Properties, new: Properties, *, known: Collection[str]
) -> str | None:
    """Why a changed group does not have its machines. Their number must be exactly that of the engine's state, or the least.

    `known` holds the failed activities from before the change.
    """
    state = new.get("desiredCapacity") or old.get("desiredCapacity") or 0
    wanted = max(int(state), new["minSize"])

    def reason(there: int) -> str:
        if there == wanted:
            return ""
        return f"want exactly {wanted} healthy instance(s) in Auto Scaling Group, have {there}"

    return _wait(aws, name, new, reason, known=known)


def _wait(
    aws: Aws,
    name: str,
    inputs: Properties,
    reason: Callable[[int], str],
    *,
    known: Collection[str],
) -> str | None:
    limit = seconds(inputs.get("waitForCapacityTimeout") or DEFAULT)
    if not limit:
        return None
    deadline = time.monotonic() + limit / SPEED
    while True:
        new = {} if inputs.get("ignoreFailedScalingActivities") else failures(aws, name)
        said = [
            f"scaling activity ({identity}): Failed: {message}"
            for identity, message in new.items()
            if FORGIVEN not in message and identity not in known
        ]
        why = "\n".join(said)
        if not why:
            why = reason(_healthy(aws, name))
            if not why:
                return None
            if time.monotonic() < deadline:
                time.sleep(PAUSE_SECONDS)
                continue
            why = f"timeout while waiting for state to become 'ok' (last state: '{why}', timeout: {limit:g}s)"
        return f"waiting for Auto Scaling Group ({name}) capacity satisfied: {why}"


DELETE_SECONDS = 600
"""The provider's own time for the deletion of a group."""


def wait_until_empty(there: Callable[[], int], name: str) -> None:
    """Wait until a group has no machines. Machines that run on this host end in their own time, so this wait is not shortened."""
    deadline = time.monotonic() + DELETE_SECONDS
    while left := there():
        if time.monotonic() > deadline:
            raise ProviderError(
                f"waiting for Auto Scaling Group ({name}) drain: timeout while waiting for state to become '0' "
                f"(last state: '{left}', timeout: {DELETE_SECONDS}s)"
            )
        time.sleep(PAUSE_SECONDS)


def _healthy(aws: Aws, name: str) -> int:
    found: dict[str, Any] = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[name]
    )
    [group] = found["AutoScalingGroups"]
    return sum(
        one["HealthStatus"].lower() == "healthy" and one["LifecycleState"] == "InService"
        for one in group["Instances"]
    )


def failures(aws: Aws, name: str) -> dict[str, str]:
    """The failed scaling activities of a group, by their ids."""
    pages = aws.client("autoscaling").get_paginator("describe_scaling_activities")
    found = pages.paginate(AutoScalingGroupName=name).search("Activities[]")
    return {
        activity["ActivityId"]: activity["StatusMessage"]
        for activity in found
        if activity["StatusCode"] == "Failed" and activity["Progress"] == 100
    }
