"""The backend of states: a bucket that keeps every version, and the key that encrypts the states and their secrets."""

import pulumi
from pulumi_aws import kms, s3

from .args import StateBackendSpecArgs
from .boundary import checked
from .bucket import close
from .facts.regions import partition
from .facts.tags import named
from .outputs import register
from .permissions.stack_states import STACK_CONTEXT
from .rules.part_names import KEY_ALIAS, part_name
from .spec.delivery import StateBackendSpec

DELETION_DAYS = 30
"""How long a deleted key can be had back: as long as AWS allows, because every state is lost with it."""


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
        close(
            self,
            name,
            bucket,
            arn=f"arn:{partition(spec.region)}:s3:::{spec.bucket}",
            key_arn=key.arn,
            # A deletion leaves a marker, which goes when no version is behind it.
            expiration={"expired_object_delete_marker": True},
            version_days=spec.version_days,
        )

        self.backend_url = pulumi.Output.concat(
            "s3://", bucket.bucket, f"?region={spec.region}&awssdk=v2"
        )
        self.secrets_provider = pulumi.Output.concat(
            "awskms://", alias.name, f"?region={spec.region}&awssdk=v2&context_{STACK_CONTEXT}="
        )
        self.bucket_arn = bucket.arn
        self.key_arn = key.arn
        register(self)
