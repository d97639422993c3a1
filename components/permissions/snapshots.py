"""The permissions of control planes on the bucket with the snapshots of etcd."""

from typing import Any

from .statements import actions, allow, deny, through_s3


def keep_snapshots(cluster: str, bucket_arn: str, key_arn: str) -> list[dict[str, Any]]:
    """Statements to write and read snapshots of one cluster, and never to delete one.

    Who overwrites a snapshot does not delete it: the bucket keeps the version before.
    """
    return [
        # A restore without a name lists them and takes the newest. AWS also says only then that an object does not exist.
        allow(
            "KeepSnapshots",
            actions("s3", "PutObject", "GetObject", "ListBucket"),
            [bucket_arn, f"{bucket_arn}/{cluster}/*"],
        ),
        allow(
            "EncryptSnapshots",
            actions("kms", "GenerateDataKey", "Decrypt"),
            [key_arn],
            through_s3(bucket_arn),
        ),
        # A denial holds whatever other policy is attached to the role.
        deny(
            "NeverDeleteSnapshots",
            actions("s3", "Delete*", "PutLifecycleConfiguration", "BypassGovernanceRetention"),
            [bucket_arn, f"{bucket_arn}/*"],
        ),
    ]
