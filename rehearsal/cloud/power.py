"""The states of an instance on its way: moto's instances run, stop and end at once.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

import copy
from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances

from . import hosting
from .pace import PACE

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64}
CODES["stopped"] = 80

STARTS_SECONDS = 3.0
ENDS_SECONDS = 5.0
"""How long an instance without a machine starts, or shuts down."""

PATIENCE_SECONDS = 180.0
"""How long EC2 waits for an operating system to shut down before it takes the power away. AWS says: a few minutes.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html
"""

LOOK_SECONDS = 1.0


def repair() -> None:
    """Let instances start and end in their time, and refuse what EC2 refuses in between."""
    instance: Any = instances.Instance
    instance.terminate = _ending(instance.terminate, "shutting-down", {"terminated"})
    instance.stop = _ending(instance.stop, "stopping", {"stopped", "terminated"})
    instance.start = _starting(instance.start)
    backend: Any = instances.InstanceBackend
    backend.run_instances = _begun(backend.run_instances)
    backend.modify_instance_attribute = _checked(backend.modify_instance_attribute)


def _set(instance: Any, name: str) -> None:
    instance._state.name, instance._state.code = name, CODES[name]


def _ending(finish: Callable[[Any], Any], on_the_way: str, ended: set[str]) -> Callable[[Any], Any]:
    """Ask the machine to shut down; finish when it has no power any more, or when EC2's patience is over."""

    def end(instance: Any) -> Any:
        before = copy.copy(instance._state)
        if before.name in (on_the_way, "shutting-down", *ended):
            return before
        _set(instance, on_the_way)
        if before.name == "stopped":
            finish(instance)
            return before
        region = instance.ec2_backend.region_name
        speed = hosting.speed(region)
        patience = PACE.now() + PATIENCE_SECONDS / speed

        def look() -> None:
            if instance._state.name != on_the_way:
                return
            if hosting.runs(region, instance.id) and PACE.now() < patience:
                PACE.after(LOOK_SECONDS, look)  # the supervisor tells of its machines once a second
            else:
                finish(instance)

        PACE.after(ENDS_SECONDS, look)
        return before

    return end


def _starting(start: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def start_instance(instance: Any) -> Any:
        if instance._state.name not in ("stopped", "pending", "running"):
            raise EC2ClientError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in a state from which it can be started.",
            )
        if instance._state.name != "stopped":
            return copy.copy(instance._state)
        before = start(instance)
        _begin(instance)
        return before

    return start_instance


def _begin(instance: Any) -> None:
    def run() -> None:
        if instance._state.name == "pending":
            _set(instance, "running")

    _set(instance, "pending")
    PACE.after(STARTS_SECONDS, run)


def _begun(launch: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(*given: Any, **how: Any) -> Any:
        reservation = launch(*given, **how)
        for instance in reservation.instances:
            _begin(instance)
        return reservation

    return run_instances


def _checked(modify: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse another type and other user data unless the instance is stopped.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """

    def modify_instance_attribute(backend: Any, instance_id: str, key: str, value: Any) -> Any:
        instance = backend.get_instance(instance_id)
        if key in ("instance_type", "user_data") and instance._state.name != "stopped":
            raise EC2ClientError(
                "IncorrectInstanceState",
                f"The instance '{instance_id}' is not in the 'stopped' state.",
            )
        return modify(backend, instance_id, key, value)

    return modify_instance_attribute
