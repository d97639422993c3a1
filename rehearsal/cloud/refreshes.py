"""Instance refreshes: an Auto Scaling group replaces its machines, a few at a time. moto has none.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
"""

import math
import uuid
from collections.abc import Mapping
from typing import Any

from moto.autoscaling import responses
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from . import members
from .pace import PACE, SPEED
from .scaling import launch

RUNNING = ("Pending", "InProgress", "Cancelling")


def repair() -> None:
    """Answer the three operations of a refresh."""
    response: Any = responses.AutoScalingResponse
    response.start_instance_refresh = _start
    response.cancel_instance_refresh = _cancel
    response.describe_instance_refreshes = _describe


LOOK_SECONDS = 10.0
"""The time after which a refresh looks again whether its machines are healthy."""


class Refresh:
    """One refresh of a group. The group keeps between the least and the most machines that its percentages allow.

    A machine counts as healthy when it has been in service for the warm-up, after its launch hooks were completed.
    """

    def __init__(self, group: Any, preferences: Mapping[str, Any]) -> None:
        self.identity = str(uuid.uuid4())
        self.group = group
        self.preferences = dict(preferences)
        self.status = "InProgress"
        self.started, self.ended = utcnow(), None
        # As the provider asks: protected machines are ignored, others are all replaced, changed or not.
        self.old = [
            member for member in members.counted(group) if not member.protected_from_scale_in
        ]
        self.total = len(self.old)

    def step(self) -> None:
        """Replace as many machines as may be replaced now, and look again later until all are replaced."""
        while self.status in RUNNING:
            backend = self.group.autoscaling_backend
            if backend.autoscaling_groups.get(self.group.name) is not self.group:
                self._end("Cancelled")
                return
            counted = members.counted(self.group)
            # Scaling and interruptions take machines away too.
            self.old = [member for member in self.old if member in counted]
            unhealthy = [member for member in counted if not _is_healthy(member)]
            if not self.old and not unhealthy:
                self._end("Successful")
                return
            ended, started = self._numbers(len(counted), len(unhealthy))
            for member in self.old[:ended]:
                members.leave(self.group, member)
            launched = launch(self.group, started, again=False)
            for member in self.group.instance_states:
                if member.instance.id in launched:
                    member.warm_up = self._warm_up
            if unhealthy or (launched and self._warm_up) or not (ended or launched):
                PACE.after(LOOK_SECONDS, self.step)
                return

    def _numbers(self, counted: int, unhealthy: int) -> tuple[int, int]:
        """How many old machines end now, and how many new ones start."""
        desired = self.group.desired_capacity
        least = math.ceil(desired * self._percentage("MinHealthyPercentage", 90) / 100)
        most = desired * self._percentage("MaxHealthyPercentage", 100) // 100
        healthy = counted - unhealthy
        if healthy <= least and counted >= most and not unhealthy:
            # The percentages allow no step. With a stated maximum, one machine starts first. Otherwise one ends first.
            if "MaxHealthyPercentage" in self.preferences:
                most = counted + 1
            else:
                least = healthy - 1
        ended = max(0, min(len(self.old), healthy - least))
        wanted = desired + len(self.old) - counted
        return ended, max(0, min(wanted, most - counted + ended))

    @property
    def _warm_up(self) -> int:
        return int(self.preferences.get("InstanceWarmup", self.group.health_check_grace_period))

    def _percentage(self, name: str, default: int) -> int:
        return int(self.preferences.get(name, default))

    def _end(self, status: str) -> None:
        self.status, self.ended = status, utcnow()

    def cancel(self) -> None:
        """Stop here: machines that are replaced stay replaced."""
        self._end("Cancelled")

    def described(self) -> dict[str, Any]:
        """The answer of AWS about this refresh."""
        left = len([member for member in self.old if member in self.group.instance_states])
        unhealthy = [one for one in members.counted(self.group) if not _is_healthy(one)]
        warmed = self.total - max(left, len(unhealthy))
        answer: dict[str, Any] = {
            "InstanceRefreshId": self.identity,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StartTime": self.started,
            "PercentageComplete": 100 * max(0, warmed) // self.total if self.total else 100,
            "InstancesToUpdate": left,
            "Preferences": self.preferences,
        }
        return answer | ({"EndTime": self.ended} if self.ended else {})


def _is_healthy(member: Any) -> bool:
    """Whether a machine is in service, and has been so for the warm-up of the refresh that launched it."""
    if member.lifecycle_state != members.IN_SERVICE:
        return False
    warm = vars(member).get("since", 0.0) + vars(member).get("warm_up", 0) / SPEED
    # Two sums of times that should be equal may differ in their last digit.
    return PACE.now() >= warm - 1e-6


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
    _check(preferences)
    refresh = Refresh(group, preferences)
    _of(group).insert(0, refresh)
    refresh.step()
    return ActionResult({"InstanceRefreshId": refresh.identity})


def _check(preferences: Mapping[str, Any]) -> None:
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
