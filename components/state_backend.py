"""The backend of states: a bucket that keeps every version, and the key that encrypts the states and their secrets."""

import json
from typing import Any

import pulumi
from pulumi_aws import kms, s3

from .args import StateBackendSpecArgs
from .boundary import checked
from .facts.regions import partition
from .facts.tags import named
from .outputs import register
from .permissions.stack_states import STACK_CONTEXT
from .rules.part_names import KEY_ALIAS, part_name
from .spec.delivery import StateBackendSpec

DELETION_DAYS = 30
"""How long a deleted key can be had back: as long as AWS allows, because every state is lost with it."""

UPLOAD_DAYS = 7
"""The days after which the parts of an upload that never ended are deleted."""


class StateBackendArgs(StateBackendSpecArgs):
    """Where states are kept, and for how long their old versions are."""


class StateBackend(pulumi.ComponentResource):
    """A bucket for the states of stacks, and a key for them and for their secrets."""

    backend_url: pulumi.Output[str]
    """What `pulumi login` takes."""
    secrets_provider: pulumi.Output[str]
    """What `pulumi stack init --secrets-provider` takes, but for the stack's name at its end."""
    bucket_arn: pulumi.Output[str]
    """The bucket."""
    key_arn: pulumi.Output[str]
    """The key."""

    def __init__(
        self, name: str, args: StateBackendArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A bucket for the states of stacks, and a key for them and for their secrets.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(StateBackendSpec, args, rules=[part_name(name, KEY_ALIAS)])
        super().__init__("dualstack:index:StateBackend", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=spec.protect or None)

        key = kms.Key(
            name,
            description=f"states in {spec.bucket}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            tags=named(spec.tags, name),
            opts=kept,
        )
        alias = kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id, opts=child)
        bucket = s3.Bucket(name, bucket=spec.bucket, tags=named(spec.tags, name), opts=kept)
        self._settle(name, spec, bucket, key)

        self.backend_url = pulumi.Output.concat(
            "s3://", bucket.bucket, f"?region={spec.region}&awssdk=v2"
        )
        self.secrets_provider = pulumi.Output.concat(
            "awskms://", alias.name, f"?region={spec.region}&awssdk=v2&context_{STACK_CONTEXT}="
        )
        self.bucket_arn = bucket.arn
        self.key_arn = key.arn
        register(self)

    # The annotation is a text: the SDK's package of S3 takes a second or two to load, and this module is loaded for every component.
    def _settle(self, name: str, spec: StateBackendSpec, bucket: "s3.Bucket", key: kms.Key) -> None:
        """Everything of the bucket but the bucket itself, which AWS configures by calls of their own."""
        child = pulumi.ResourceOptions(parent=self)
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
                        "kms_master_key_id": key.arn,
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
                    "noncurrent_version_expiration": {"noncurrent_days": spec.version_days},
                    # A deletion leaves a marker, which goes when no version is behind it.
                    "expiration": {"expired_object_delete_marker": True},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
                }
            ],
            # AWS may refuse a rule about versions until versioning is known everywhere.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versions]),
        )
        s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=json.dumps(encrypted_transport_only(spec)),
            # AWS refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[blocked]),
        )


def encrypted_transport_only(spec: StateBackendSpec) -> dict[str, Any]:
    """The bucket's policy: no request without TLS, nor with a version before 1.2."""
    arn = f"arn:{partition(spec.region)}:s3:::{spec.bucket}"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return {
        "Version": "2012-10-17",
        "Statement": [
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
        ],
    }
