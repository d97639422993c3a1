"""Where a cluster's control planes keep snapshots of etcd: a bucket that they can write and read, and cannot empty."""

import pulumi
from pulumi_aws import iam, s3, ssm

from .args import BackupsSpecArgs
from .boundary import checked
from .bucket import close
from .facts import ssm_paths
from .facts.choices import ObjectLock
from .facts.tags import named
from .outputs import register
from .permissions.snapshots import keep_snapshots
from .permissions.statements import document
from .rules.part_names import BUCKET, part_name
from .spec.backups import BackupsSpec


class BackupsArgs(BackupsSpecArgs):
    """The cluster whose snapshots are kept, and for how long."""

    key_arn: pulumi.Input[str]
    """The key that encrypts the snapshots: the cluster's own."""
    control_plane_role_name: pulumi.Input[str]
    """The control planes' role, which gets the permission to write and to read snapshots."""


class Backups(pulumi.ComponentResource):
    """A bucket for snapshots of etcd, which control planes make each hour."""

    backup_bucket: pulumi.Output[str]
    """The bucket with the snapshots of etcd."""

    def __init__(
        self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A bucket for snapshots of etcd, which control planes make each hour.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(
            BackupsSpec,
            args,
            *("key_arn", "control_plane_role_name"),
            rules=[part_name(name, BUCKET)],
        )
        super().__init__("dualstack:index:Backups", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = s3.Bucket(
            name,
            # Without this a trial could not be deleted: AWS deletes no bucket that holds anything.
            force_destroy=not spec.protect,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )
        versions = close(
            self,
            name,
            bucket,
            arn=bucket.arn,
            key_arn=args["key_arn"],
            expiration={"days": spec.keep_days},
            # Somebody who overwrites or deletes a snapshot leaves the one before for as long again.
            version_days=spec.keep_days,
        )
        if spec.object_lock is not ObjectLock.NONE:
            s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.id,
                rule={
                    "default_retention": {
                        "mode": spec.object_lock.upper(),
                        "days": spec.keep_days,
                    }
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[versions]),
            )
        iam.RolePolicy(
            name,
            role=args["control_plane_role_name"],
            policy=pulumi.Output.json_dumps(
                pulumi.Output.all(bucket.arn, args["key_arn"]).apply(
                    lambda arns: document(keep_snapshots(spec.cluster_name, *arns))
                )
            ),
            opts=child,
        )
        ssm.Parameter(
            name,
            name=ssm_paths.backup_bucket(spec.cluster_name),
            type="String",
            value=bucket.bucket,
            tags=named(spec.tags, name),
            opts=child,
        )

        self.backup_bucket = bucket.bucket
        register(self)
