"""What every bucket of this project has: old versions, a key, an owner, and no way in for the public or for plain text."""

import json
from typing import Any

import pulumi
from pulumi_aws import s3

from .permissions.statements import document

UPLOAD_DAYS = 7
"""The days after which the parts of an upload that never ended are deleted."""


# The annotations are texts: the SDK's package of S3 takes a second or two to load, and importers of this module need not.
def close(
    parent: pulumi.Resource,
    name: str,
    bucket: "s3.Bucket",
    *,
    arn: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    expiration: "s3.BucketLifecycleConfigurationRuleExpirationArgsDict",
    version_days: int,
) -> "s3.BucketVersioning":
    """Everything of a bucket but the bucket itself, which AWS configures by calls of their own; its versioning.

    `expiration` says when objects are deleted, as a lifecycle rule does. What was replaced or deleted stays for `version_days`.
    """
    child = pulumi.ResourceOptions(parent=parent)
    versions = s3.BucketVersioning(
        name,
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=child,
    )
    s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key_arn,
                },
                # One call to KMS for many objects, and the encryption context is the bucket.
                "bucket_key_enabled": True,
            }
        ],
        opts=child,
    )
    s3.BucketOwnershipControls(
        name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
    )
    blocked = s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "id": "old-versions",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": expiration,
                "noncurrent_version_expiration": {"noncurrent_days": version_days},
                "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
            }
        ],
        # AWS may refuse a rule about versions until versioning is known everywhere.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versions]),
    )
    s3.BucketPolicy(
        name,
        bucket=bucket.id,
        policy=pulumi.Output.from_input(arn).apply(_policy),
        # AWS refuses two changes of a bucket's access at once.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[blocked]),
    )
    return versions


def _policy(arn: str) -> str:
    return json.dumps(encrypted_transport_only(arn))


def encrypted_transport_only(arn: str) -> dict[str, Any]:
    """The policy of a bucket: no request without TLS, nor with a version before 1.2."""
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return document(
        [
            {
                "Sid": "NoPlainText",
                **denied,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "NoOldTls",
                **denied,
                "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            },
        ]
    )
