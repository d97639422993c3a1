"""Statements of an IAM policy."""

from collections.abc import Mapping, Sequence
from typing import Any

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


def actions(service: str, *names: str) -> list[str]:
    """Actions of one service."""
    return [f"{service}:{name}" for name in names]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> dict[str, Any]:
    """Leave to do something, under conditions if there are any."""
    return _statement("Allow", sid, actions, resources, conditions)


def deny(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    """No leave, whoever else gives it."""
    return _statement("Deny", sid, actions, resources, None)


def _statement(
    effect: str,
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Conditions | None,
) -> dict[str, Any]:
    statement = {
        "Sid": sid,
        "Effect": effect,
        "Action": list(actions),
        "Resource": list(resources),
    }
    return {**statement, "Condition": conditions} if conditions else statement
