"""Public access to buckets: moto opens what AWS blocks.

A new bucket blocks all public access since April 2023. A policy that lets everybody in is refused while the bucket or the account
blocks such policies, and a request without a signature is answered only if a policy that is not blocked allows it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response
from moto.s3control.models import s3control_backends

DENIED = (
    403,
    {"content-type": "application/xml"},
    "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
)


class PublicPolicyError(S3ClientError):
    """A policy that opens a bucket whose block refuses that."""

    code = 403

    def __init__(self, bucket: str) -> None:
        super().__init__(
            "AccessDenied",
            f"User is not authorized to perform: s3:PutBucketPolicy on resource: {bucket} because public policies are prevented by "
            "the BlockPublicPolicy setting in S3 Block Public Access.",
        )


def repair() -> None:
    """Close new buckets to the public, and ask their blocks before a policy or a request without a signature."""
    bucket: Any = FakeBucket
    begin = bucket.__init__

    def made(new: Any, *which: Any, **how: Any) -> None:
        begin(new, *which, **how)
        new.public_access_block = PublicAccessBlock("true", "true", "true", "true")

    bucket.__init__ = made
    backend: Any = S3Backend
    put = backend.put_bucket_policy

    def put_bucket_policy(asked: Any, bucket_name: str, policy: bytes) -> None:
        held = asked.get_bucket(bucket_name)
        if opens(json.loads(policy)) and any(b.block_public_policy for b in _blocks(held)):
            raise PublicPolicyError(held.arn)
        put(asked, bucket_name, policy)

    backend.put_bucket_policy = put_bucket_policy
    answers: Any = S3Response
    answers._key_response = _closed(answers._key_response, "s3:GetObject")
    answers._bucket_response = _closed(answers._bucket_response, "s3:ListBucket")
    # moto takes the documents of every issuer for those of a user pool.
    dispatcher: Any = DomainDispatcherApplication
    dispatcher.get_service_from_unsigned_path = staticmethod(lambda _path: (None, None))


def opens(policy: dict[str, Any]) -> bool:
    """Whether a policy lets everybody in. One with a condition counts as closed: no condition here is as wide as everybody."""
    return any(
        one["Effect"] == "Allow"
        and one.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not one.get("Condition")
        for one in policy["Statement"]
    )


def readable(held: Any, action: str, resource: str) -> bool:
    """Whether everybody may do this with a bucket."""
    blocked = any(block.restrict_public_buckets for block in _blocks(held))
    return not blocked and held.get_permission(action, resource) is PermissionResult.PERMITTED


def _blocks(held: Any) -> Iterator[Any]:
    """The blocks that hold for a bucket: its own, and its account's."""
    account = s3control_backends[held.account_id][held.partition].public_access_block
    return (block for block in (held.public_access_block, account) if block)


def _closed(answer: Callable[..., Any], action: str) -> Callable[..., Any]:
    """The same answer, but a refusal of what nobody has signed and not everybody may do."""

    def answered(asked: Any, request: Any, full_url: str) -> Any:
        signed = "Authorization" in request.headers or "Signature=" in full_url
        name = asked.parse_bucket_name_from_url(request, full_url)
        held = None if signed else asked.backend.buckets.get(name)
        if held:
            key = asked.parse_key_name() if action == "s3:GetObject" else ""
            reads = request.method in ("GET", "HEAD")
            if not (reads and readable(held, action, f"{held.arn}/{key}" if key else held.arn)):
                return DENIED
        return answer(asked, request, full_url)

    return answered
