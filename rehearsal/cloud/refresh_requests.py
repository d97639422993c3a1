"""The requests about instance refreshes, as AWS takes and answers them. moto has none."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.autoscaling import responses
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.core.responses import ActionResult

from .refreshes import RUNNING, Refresh


def repair() -> None:
    """Answer the three operations of a refresh."""
    response: Any = responses.AutoScalingResponse
    response.start_instance_refresh = _start
    response.cancel_instance_refresh = _cancel
    response.describe_instance_refreshes = _describe


def _start(response: Any) -> ActionResult:
    group = _group(response)
    if _running(group):
        raise AutoscalingClientError(
            "InstanceRefreshInProgress", "An Instance Refresh is already in progress"
        )
    preferences = {
        name: value
        for name, value in (response._get_param("Preferences") or {}).items()
        if value is not None
    }
    desired = response._get_param("DesiredConfiguration") or {}
    _check(preferences, desired)
    refresh = Refresh(group, preferences, _configure(group, desired))
    _of(group).insert(0, refresh)
    refresh.step()
    return ActionResult({"InstanceRefreshId": refresh.identity})


def _configure(group: Any, desired: Mapping[str, Any]) -> Callable[[], None]:
    """Give a group its desired template. The result gives it the saved one back.

    AWS saves the desired one in the group only when the refresh has succeeded, and launches from it before.
    """
    kept = ("ec2_launch_template", "launch_template_version", "mixed_instances_policy")
    kept += ("provided_launch_template_version",)
    saved = {name: getattr(group, name, None) for name in kept}
    if desired:
        group._set_launch_configuration(
            "", desired.get("LaunchTemplate") or {}, desired.get("MixedInstancesPolicy")
        )
    return lambda: vars(group).update(saved)


def _check(preferences: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    if preferences.get("AutoRollback") and not desired:
        raise AutoscalingClientError(
            "ValidationError",
            "The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty.",
        )
    marks = [int(each) for each in preferences.get("CheckpointPercentages") or ()]
    if marks != sorted(set(marks)) or not all(1 <= each <= 100 for each in marks):
        raise AutoscalingClientError(
            "ValidationError", "CheckpointPercentages must be unique and ascend, from 1 to 100"
        )
    least, most = (preferences.get(f"{end}HealthyPercentage") for end in ("Min", "Max"))
    if most is None:
        return
    if least is None or int(most) - int(least) > 100 or not 100 <= int(most) <= 200:
        raise AutoscalingClientError(
            "ValidationError",
            "MaxHealthyPercentage goes with MinHealthyPercentage, is from 100 to 200, and at most 100 above it",
        )


def _cancel(response: Any) -> ActionResult:
    refresh = _running(_group(response))
    if refresh is None:
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found"
        )
    refresh.cancel()
    return ActionResult({"InstanceRefreshId": refresh.identity})


def _describe(response: Any) -> ActionResult:
    wanted = response._get_param("InstanceRefreshIds") or []
    found = [one for one in _of(_group(response)) if not wanted or one.identity in wanted]
    return ActionResult({"InstanceRefreshes": [refresh.described() for refresh in found]})


def _group(response: Any) -> Any:
    name = response._get_param("AutoScalingGroupName")
    groups = response.autoscaling_backend.describe_auto_scaling_groups([name])
    if not groups:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - {name}")
    return groups[0]


def _of(group: Any) -> list[Refresh]:
    """The refreshes of a group, the last one first."""
    return vars(group).setdefault("refreshes", [])


def _running(group: Any) -> Refresh | None:
    return next((one for one in _of(group) if one.status in RUNNING), None)
