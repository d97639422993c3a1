"""What happens to machines without a request: spot notices, recommendations to rebalance, and a zone that loses its machines.

A test, or a person who wants to see it, says so to the cloud.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from . import hosting, members, scaling
from .pace import PACE
from .process import INTERRUPTIONS

PATH = INTERRUPTIONS

NOTICE_SECONDS = 120.0
"""EC2 ends a spot instance two minutes after its notice.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

LOOK_SECONDS = 10.0

_NOTICES: dict[str, dict[str, Any]] = {}


def exchange(method: str, body: bytes) -> tuple[str, bytes]:
    """Answer a request at `PATH`: the status, and the notices of each instance."""
    if method == "PUT":
        asked: Mapping[str, str] = json.loads(body)
        happens = EVENTS.get(asked.get("event", ""))
        if happens is None:
            return "400 Bad Request", json.dumps(
                f"event must be one of {', '.join(EVENTS)}"
            ).encode()
        happens(asked)
    return "200 OK", json.dumps(_NOTICES).encode()


def _stamp(seconds: float = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def _interrupt(asked: Mapping[str, str]) -> None:
    """EC2 takes a spot instance back: it tells the machine, and ends it two minutes later, whatever its group does."""
    region, instance = asked["region"], asked["instance"]
    notice = {"action": "terminate", "time": _stamp(NOTICE_SECONDS)}
    _NOTICES.setdefault(instance, {})["instance-action"] = notice

    def end() -> None:
        ec2_backends[DEFAULT_ACCOUNT_ID][region].terminate_instances([instance])
        autoscaling_backends[DEFAULT_ACCOUNT_ID][region].notify_terminate_instances([instance])

    PACE.after(NOTICE_SECONDS, end, hosting.speed(region))


def _recommend(asked: Mapping[str, str]) -> None:
    """EC2 expects an interruption. A group with capacity rebalancing launches a machine, and then ends the one at risk.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html
    """
    region, instance = asked["region"], asked["instance"]
    _NOTICES.setdefault(instance, {})["rebalance"] = {"noticeTime": _stamp()}
    for group in autoscaling_backends[DEFAULT_ACCOUNT_ID][region].autoscaling_groups.values():
        for member in members.in_service(group):
            if member.instance.id == instance and group.capacity_rebalance:
                _replace(group, member)


def _rebalance_zones(asked: Mapping[str, str]) -> None:
    """A group moves a machine from its fullest zone to its emptiest one: it launches first.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html#AutoScalingBehavior.InstanceUsage
    """
    group = _group(asked)
    if "AZRebalance" not in [one["ProcessName"] for one in group.suspended_processes]:
        [leaving] = scaling.surplus(group, 1)
        _replace(group, leaving)


def _exceed_lifetime(asked: Mapping[str, str]) -> None:
    """A machine reaches the group's longest lifetime, and is replaced.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html
    """
    group = _group(asked)
    [member] = [one for one in members.in_service(group) if one.instance.id == asked["instance"]]
    _replace(group, member)


EVENTS: Mapping[str, Callable[[Mapping[str, str]], None]] = {
    "spot-interruption": _interrupt,
    "rebalance-recommendation": _recommend,
    "zone-rebalancing": _rebalance_zones,
    "end-of-lifetime": _exceed_lifetime,
}


def _group(asked: Mapping[str, str]) -> Any:
    backend = autoscaling_backends[DEFAULT_ACCOUNT_ID][asked["region"]]
    return backend.autoscaling_groups[asked["group"]]


def _replace(group: Any, member: Any) -> None:
    """Launch a machine, and end another one when the new one is in service."""
    launched = scaling.launch(group, 1, again=False)

    def look() -> None:
        if member not in members.in_service(group):
            return
        if [one for one in members.in_service(group) if one.instance.id in launched]:
            members.leave(group, member)
        elif [one for one in members.counted(group) if one.instance.id in launched]:
            PACE.after(LOOK_SECONDS, look)

    look()
