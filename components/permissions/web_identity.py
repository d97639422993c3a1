"""Who may take a role by a token: the trust policies of roles for pods, and for jobs of a forge."""

from collections.abc import Sequence
from typing import Any

from .statements import document

AUDIENCE = "sts.amazonaws.com"
"""For whom a token must be issued."""

ACTION = "sts:AssumeRoleWithWebIdentity"


def subject(namespace: str, service_account: str) -> str:
    """The subject of the tokens of a ServiceAccount."""
    return f"system:serviceaccount:{namespace}:{service_account}"


def trust(issuer: str, provider_arn: str, subjects: Sequence[str]) -> dict[str, Any]:
    """The trust policy of a role: who has a token of this issuer for one of these subjects may take it.

    `issuer` is its URL without the scheme. A subject with a `*` is a pattern.
    """
    exact = "StringLike" if any("*" in one for one in subjects) else "StringEquals"
    conditions: dict[str, dict[str, Any]] = {"StringEquals": {f"{issuer}:aud": AUDIENCE}}
    conditions.setdefault(exact, {})[f"{issuer}:sub"] = [*subjects]
    return document(
        [
            {
                "Effect": "Allow",
                "Action": ACTION,
                "Principal": {"Federated": provider_arn},
                "Condition": conditions,
            }
        ]
    )
