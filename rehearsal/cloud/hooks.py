"""Lifecycle hooks: a machine of an Auto Scaling group waits until its hooks are completed. moto keeps hooks, and waits for none.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.autoscaling import models, responses
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.core.responses import ActionResult

from . import hosting
from .pace import PACE

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"

BEFORE = {LAUNCHING: "Pending", TERMINATING: "Terminating"}
"""The state of a machine at each transition. `:Wait` is added while its hooks are not completed, and then `:Proceed`."""

DELETED = {LAUNCHING: "ABANDON", TERMINATING: "CONTINUE"}
"""The result of the open actions of a hook that is deleted.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteLifecycleHook.html
"""

KEPT = {
    "LifecycleTransition": "lifecycle_transition",
    "HeartbeatTimeout": "heartbeat_timeout",
    "DefaultResult": "default_result",
    "NotificationMetadata": "notification_metadata",
    "NotificationTargetARN": "notification_target_arn",
    "RoleARN": "role_arn",
}
"""Settings of a hook in a request, and where moto keeps them."""

RESULTS = ("CONTINUE", "ABANDON")
HEARTBEATS = range(30, 7201)
LONGEST_SECONDS = 172_800
MOST_HEARTBEATS = 100
"""A machine waits for at most 48 hours or 100 heartbeats, the smaller of both.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHook.html
"""

PROCEED_SECONDS = 2.0
PLAYED_SECONDS = {LAUNCHING: 20.0, TERMINATING: 10.0}
"""After so many seconds a played machine completes its hooks."""


def repair() -> None:
    """Keep every setting of a hook, and answer the two operations with which a machine completes it."""
    backend: Any = models.AutoScalingBackend
    backend.delete_lifecycle_hook = _delete
    response: Any = responses.AutoScalingResponse
    response.put_lifecycle_hook = _answer_put
    response.complete_lifecycle_action = _complete
    response.record_lifecycle_action_heartbeat = _record_heartbeat


class Action:
    """One hook of one machine that waits."""

    def __init__(self, hook: Any, speed: float) -> None:
        self.hook, self._speed = hook, speed
        self.token = str(uuid.uuid4())
        self.result = ""
        self.timed_out = False
        self._last = PACE.now() + hook.global_timeout / speed
        self.beat()

    def beat(self) -> None:
        """Begin the heartbeat's time again."""
        self.deadline = min(PACE.now() + self.hook.heartbeat_timeout / self._speed, self._last)

    def watch(self, expired: Callable[["Action"], None]) -> None:
        """Call `expired` when the time is over and nobody has completed the hook."""

        def look() -> None:
            if self.result:
                return
            # Two sums of times that should be equal may differ in their last digit.
            if PACE.now() < self.deadline - 1e-6:
                self.watch(expired)
                return
            self.timed_out = True
            expired(self)

        PACE.after((self.deadline - PACE.now()) * self._speed, look, self._speed)


def begin(group: Any, member: Any, transition: str, then: Callable[[str, str], None]) -> None:
    """Let a machine wait for its hooks. `then` is called with the result, and with the reason if it is ABANDON."""
    backend = group.autoscaling_backend
    hooks = [
        hook
        for hook in backend.describe_lifecycle_hooks(group.name)
        if hook.lifecycle_transition == transition
    ]
    if not hooks:
        then("CONTINUE", "")
        return
    speed = hosting.speed(group.region)
    member.lifecycle_state = f"{BEFORE[transition]}:Wait"
    member.transition, member.then = transition, then
    member.actions = [Action(hook, speed) for hook in hooks]
    for action in member.actions:
        action.watch(lambda late: _end(member, late, late.hook.default_result))
        if not hosting.is_hosted(group.region):
            PACE.after(PLAYED_SECONDS[transition], lambda one=action: _play(group, member, one))


def give_up(member: Any) -> None:
    """Forget the hooks of a machine: nothing waits for them any more."""
    for action in open_actions(member):
        action.result = "ABANDON"


def open_actions(member: Any) -> list[Action]:
    return [action for action in vars(member).get("actions", ()) if not action.result]


def _play(group: Any, member: Any, action: Action) -> None:
    if not action.result and not hosting.is_hosted(group.region):
        _end(member, action, "CONTINUE")


def _end(member: Any, action: Action, result: str) -> None:
    """Complete one hook. The machine goes on when all are completed; an ABANDON completes the others too."""
    action.result = result
    if result == "ABANDON":
        give_up(member)
    elif open_actions(member):
        return
    why = (
        "Heartbeat Timeout"
        if action.timed_out
        else "Lifecycle Action Completed with ABANDON Result"
    )
    reason = (
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token "
        f"{action.token} was abandoned: {why}"
    )
    member.lifecycle_state = f"{BEFORE[member.transition]}:Proceed"
    PACE.after(PROCEED_SECONDS, lambda: member.then(result, reason if result == "ABANDON" else ""))


def put(backend: Any, group: str, asked: Mapping[str, Any]) -> None:
    """Make a hook of a group, or change the given settings of one, as a request or a part of one describes it.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html
    """
    given = {name: value for name, value in asked.items() if value is not None}
    key = f"{group}_{given['LifecycleHookName']}"
    hook: Any = backend.lifecycle_hooks.get(key)
    _check(given, new=hook is None)
    if hook is None:
        hook = models.LifecycleHook(given["LifecycleHookName"], group, None, None, None)
        hook.role_arn = hook.notification_target_arn = None
        backend.lifecycle_hooks[key] = hook
    for name, kept in KEPT.items():
        if name in given:
            setattr(hook, kept, given[name])
    hook.heartbeat_timeout = int(hook.heartbeat_timeout)
    hook.global_timeout = min(LONGEST_SECONDS, MOST_HEARTBEATS * hook.heartbeat_timeout)


def _check(given: Mapping[str, Any], *, new: bool) -> None:
    faults = []
    if given.get("LifecycleTransition", "" if new else LAUNCHING) not in BEFORE:
        faults.append(f"LifecycleTransition must be one of {', '.join(BEFORE)}")
    if int(given.get("HeartbeatTimeout", HEARTBEATS[0])) not in HEARTBEATS:
        faults.append("HeartbeatTimeout must be from 30 to 7200")
    if given.get("DefaultResult", RESULTS[0]) not in RESULTS:
        faults.append(f"DefaultResult must be one of {', '.join(RESULTS)}")
    if faults:
        raise AutoscalingClientError("ValidationError", "; ".join(faults))


def _answer_put(response: Any) -> ActionResult:
    group = _group(response)
    put(response.autoscaling_backend, group.name, response._get_params())
    return ActionResult({})


def _delete(backend: Any, as_name: str, name: str) -> None:
    hook = backend.lifecycle_hooks.pop(f"{as_name}_{name}", None)
    group = backend.autoscaling_groups.get(as_name)
    if hook is None or group is None:
        return
    for member in list(group.instance_states):
        for action in open_actions(member):
            if action.hook is hook:
                _end(member, action, DELETED[hook.lifecycle_transition])


def _complete(response: Any) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CompleteLifecycleAction.html"""
    result = response._get_param("LifecycleActionResult")
    if result not in RESULTS:
        raise AutoscalingClientError(
            "ValidationError", f"LifecycleActionResult {result} is not valid"
        )
    member, action = _asked(response)
    _end(member, action, result)
    return ActionResult({})


def _record_heartbeat(response: Any) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RecordLifecycleActionHeartbeat.html"""
    _, action = _asked(response)
    action.beat()
    return ActionResult({})


def _asked(response: Any) -> tuple[Any, Action]:
    """The machine and the action that a request names, by the instance or by the token."""
    group = _group(response)
    hook = response._get_param("LifecycleHookName")
    instance, token = (response._get_param(name) for name in ("InstanceId", "LifecycleActionToken"))
    for member, action in _open(group):
        named = action.token == token if token else member.instance.id == instance
        if action.hook.name == hook and named:
            return member, action
    what = f"token {token}" if token else f"instance ID {instance}"
    raise AutoscalingClientError("ValidationError", f"No active Lifecycle Action found with {what}")


def _open(group: Any) -> Iterator[tuple[Any, Action]]:
    for member in group.instance_states:
        for action in open_actions(member):
            yield member, action


def _group(response: Any) -> Any:
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - {name}")
    return group
