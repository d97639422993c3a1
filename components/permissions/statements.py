"""Statements of an IAM policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""The conditions of a statement: by operator, then by condition key."""


def actions(service: str, *names: str) -> list[str]:
    """The full names of one service's actions, like `ec2:DescribeInstances`."""
    return [f"{service}:{name}" for name in names]


def document(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": [*statements]}


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> dict[str, Any]:
    """A statement that gives a permission, under conditions if there are any."""
    return _statement("Allow", sid, actions, resources, conditions)


def deny(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    """A statement that denies a permission, even if another statement gives it."""
    return _statement("Deny", sid, actions, resources, None)


def merged(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same permissions in fewer characters: statements that differ in actions alone are one, with all their names."""
    found: dict[str, dict[str, Any]] = {}
    for each in statements:
        rest = {key: each[key] for key in each if key not in ("Sid", "Action")}
        known = found.setdefault(repr(sorted(rest.items())), {"Sid": "", "Action": [], **rest})
        known["Sid"] += each["Sid"]
        known["Action"] += [action for action in each["Action"] if action not in known["Action"]]
    return [*found.values()]


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


def for_parameters(arns: Sequence[str]) -> Conditions:
    """The condition that a KMS key encrypts or decrypts one of these SSM parameters, and nothing else.

    SSM binds each value to its parameter by this encryption context.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
    """
    return {"StringLike": {"kms:EncryptionContext:PARAMETER_ARN": list(arns)}}


def through_s3(bucket_arn: str) -> Conditions:
    """The condition that S3 uses the key for this bucket's objects.

    With a bucket key the context is the bucket, not the object.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    return {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket_arn}}
