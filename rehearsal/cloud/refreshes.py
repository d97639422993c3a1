"""Instance refreshes: an Auto Scaling group replaces its machines, a few at a time. moto has none.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
"""

import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.utils import utcnow

from . import members
from .pace import PACE, SPEED
from .scaling import launch, shrink

RUNNING = ("Pending", "InProgress", "Cancelling")

STALLED = "No machine has become healthy, and none has ended, for an hour."


LOOK_SECONDS = 10.0
"""The time after which a refresh looks again whether its machines are healthy."""


PATIENCE_SECONDS = 3600.0
"""A refresh fails after an hour in which no machine has become healthy and none has ended. AWS gives an hour for what it waits for, and
names no number of launches that may fail.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
"""

CHECKPOINT_SECONDS = 3600
"""AWS's own pause at a checkpoint."""


class Refresh:
    """One refresh of a group. The group keeps between the least and the most machines that its percentages allow.

    A machine counts as healthy when it has been in service for the warm-up, after its launch hooks were completed.
    """

    def __init__(
        self, group: Any, preferences: Mapping[str, Any], saved: Callable[[], None] | None = None
    ) -> None:
        """`saved` gives the group the template back that it had before the refresh."""
        self.identity = str(uuid.uuid4())
        self.group = group
        self.preferences = dict(preferences)
        self.status, self.reason = "InProgress", ""
        self.started, self.ended = utcnow(), None
        self._saved = saved
        skips = bool(self.preferences.get("SkipMatching"))
        # Protected machines are ignored, as the provider asks.
        self.old = [
            member
            for member in members.counted(group)
            if not member.protected_from_scale_in and not (skips and _matches(group, member))
        ]
        self.total = len(self.old)
        self._checkpoints = [int(each) for each in preferences.get("CheckpointPercentages") or ()]
        self._paused_until = 0.0
        self._deployed: list[str] = []
        self._progress = (PACE.now(), self.total, 0)

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
            if self._has_stalled(len(counted) - len(unhealthy)):
                self._fail()
                return
            allowed = self._allowed()
            if not unhealthy and not allowed and self._reach_checkpoint():
                return
            ended, started = self._numbers(len(counted), len(unhealthy))
            for member in self.old[: min(ended, allowed)]:
                members.leave(self.group, member)
            launched = launch(self.group, min(started, allowed), again=False)
            self._deployed += launched
            for member in self.group.instance_states:
                if member.instance.id in launched:
                    member.warm_up = self._warm_up
            if unhealthy or not allowed or (launched and self._warm_up) or not (ended or launched):
                PACE.after(LOOK_SECONDS, self.step)
                return

    def _allowed(self) -> int:
        """How many old machines may still be replaced before the next checkpoint."""
        if self._paused_until > PACE.now() + 1e-6:
            return 0
        next_one = self._checkpoints[0] if self._checkpoints else 100
        replaced = self.total - len(self.old)
        return max(0, math.ceil(self.total * next_one / 100) - replaced)

    def _reach_checkpoint(self) -> bool:
        """Pause at a checkpoint, or end at the last one; whether the refresh has ended.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-adding-checkpoints-instance-refresh.html
        """
        if self._paused_until > PACE.now() + 1e-6:
            return False
        if len(self._checkpoints) <= 1:
            self._end("Successful")
            return True
        self._checkpoints.pop(0)
        pause = int(self.preferences.get("CheckpointDelay", CHECKPOINT_SECONDS))
        self._paused_until = PACE.now() + pause / SPEED
        return False

    def _has_stalled(self, healthy: int) -> bool:
        if self._paused_until > PACE.now() + 1e-6:
            self._progress = (PACE.now(), len(self.old), healthy)
        since, old, before = self._progress
        if (old, before) != (len(self.old), healthy) and (len(self.old) < old or healthy > before):
            since = PACE.now()
        self._progress = (since, len(self.old), healthy)
        return PACE.now() - since > PATIENCE_SECONDS / SPEED

    def _fail(self) -> None:
        """End without success. With auto rollback the group gets its saved template back, and replaces what was replaced.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
        """
        if not self.preferences.get("AutoRollback") or self._saved is None:
            self._end("Failed", STALLED)
            shrink(self.group)
            return
        self._saved()
        shrink(self.group)
        self.status, self.reason = "RollbackInProgress", STALLED
        # The machines of the failed refresh are the old ones of its rollback.
        news = [one for one in members.in_service(self.group) if one.instance.id in self._deployed]
        back = Refresh(
            self.group, self.preferences | {"AutoRollback": False, "SkipMatching": False}
        )
        back.old, back.total, back._checkpoints = news, len(news), []
        back.announce = self._rolled_back
        if news:
            back.step()
        else:
            self._rolled_back("Successful")

    def _rolled_back(self, status: str) -> None:
        self._end("RollbackSuccessful" if status == "Successful" else "RollbackFailed", self.reason)

    announce: Callable[[str], None] | None = None
    """Called with the status at the end of a rollback."""

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

    def _end(self, status: str, reason: str = "") -> None:
        self.status, self.ended, self.reason = status, utcnow(), reason
        if self.announce:
            self.announce(status)

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
        answer |= {"StatusReason": self.reason} if self.reason else {}
        return answer | ({"EndTime": self.ended} if self.ended else {})


def _matches(group: Any, member: Any) -> bool:
    """Whether a machine was launched from the version of the template that its group has now."""
    return vars(member).get("version") == group.launch_template_version


def _is_healthy(member: Any) -> bool:
    """Whether a machine is in service, and has been so for the warm-up of the refresh that launched it."""
    if member.lifecycle_state != members.IN_SERVICE:
        return False
    warm = vars(member).get("since", 0.0) + vars(member).get("warm_up", 0) / SPEED
    # Two sums of times that should be equal may differ in their last digit.
    return PACE.now() >= warm - 1e-6
