"""The permissions to read and write Pulumi states in a bucket, and to use their key.

The paths are those of Pulumi's own backend: `backend/diy/store.go` of github.com/pulumi/pulumi.
"""

from collections.abc import Sequence
from typing import Any

from ..facts.regions import partition
from .statements import Conditions, actions, allow, through_s3

STACK_CONTEXT = "stack"
"""The key of the encryption context that binds a stack's data key to the stack."""

FOLDER = ".pulumi"


def read_states(region: str, bucket: str, key: str, stacks: Sequence[str]) -> list[dict[str, Any]]:
    """Statements to read every state in the bucket, and to decrypt the secrets of these stacks."""
    arn = _bucket_arn(region, bucket)
    return [
        allow("ListStates", ["s3:ListBucket"], [arn]),
        allow("ReadStates", ["s3:GetObject"], [f"{arn}/{FOLDER}/*"]),
        allow("DecryptObjects", ["kms:Decrypt"], [key], through_s3(arn)),
        allow("DecryptSecrets", ["kms:Decrypt"], [key], _of_stacks(stacks)),
    ]


def write_state(
    region: str, bucket: str, key: str, project: str, stack: str
) -> list[dict[str, Any]]:
    """Statements to read and write one stack's state, with its lock and its history."""
    arn = _bucket_arn(region, bucket)
    own = [
        f"{arn}/{FOLDER}/stacks/{project}/{stack}.*",
        *(
            f"{arn}/{FOLDER}/{folder}/{project}/{stack}/*"
            for folder in ("locks/organization", "history", "backups")
        ),
    ]
    return [
        allow("ListStates", ["s3:ListBucket"], [arn]),
        allow("ReadLayout", ["s3:GetObject"], [f"{arn}/{FOLDER}/meta.yaml"]),
        allow("WriteState", actions("s3", "GetObject", "PutObject", "DeleteObject"), own),
        allow(
            "EncryptObjects",
            actions("kms", "Decrypt", "GenerateDataKey"),
            [key],
            through_s3(arn),
        ),
        allow("DecryptSecrets", ["kms:Decrypt"], [key], _of_stacks([stack])),
    ]


def _bucket_arn(region: str, bucket: str) -> str:
    return f"arn:{partition(region)}:s3:::{bucket}"


def _of_stacks(stacks: Sequence[str]) -> Conditions:
    """The condition that the key decrypts the data key of one of these stacks."""
    return {"StringEquals": {f"kms:EncryptionContext:{STACK_CONTEXT}": list(stacks)}}
