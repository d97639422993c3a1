"""The specs of what CI/CD needs in an account: a backend for states, and roles for jobs."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole, matching
from ..config.section import Section
from ..facts.aws_names import BUCKET_STARTS
from ..facts.choices import Forge
from .hardware import KmsKeyArn
from .labels import Tags
from .values import DnsLabel, DnsName, RegionName

BucketName = Annotated[
    str,
    matching(
        rf"(?!{'|'.join(BUCKET_STARTS)})[a-z0-9][a-z0-9-]{{1,61}}[a-z0-9](?<!-s3alias)(?<!--ol-s3)",
        "a bucket's name; write 3 to 63 lower-case letters, digits and hyphens, like acme-pulumi-state",
    ),
]
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. A dot is allowed there, and breaks TLS."""

Repository = Annotated[
    str,
    matching(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)+",
        "a repository with its owner; write one like acme/platform",
    ),
]
Branch = Annotated[
    str,
    matching(r"[A-Za-z0-9][A-Za-z0-9._/-]*", "a branch; write one like main"),
]
ProjectName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9_.-]{1,100}", "the name of a Pulumi project; write the one in Pulumi.yaml"
    ),
]
VersionDays = Annotated[Whole, Field(ge=1, le=3650)]


class StateBackendSpec(Section):
    """A backend on its own."""

    region: RegionName
    """The region of the bucket and the key."""
    bucket: BucketName
    """The bucket's name, which no other account may have."""
    version_days: VersionDays = 365
    """How many days a replaced or deleted state stays readable. A year by default: drift is often found late."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = True
    """Refuse to delete the bucket and the key. On by default: without the key no state can be decrypted."""


class EnvironmentSection(Section):
    """An environment: one stack, whose jobs get a role that writes."""

    region: RegionName
    """The region of the stack."""
    cluster: DnsLabel | None = None
    """The name of the stack's cluster. By default it is the environment's."""
    disk_kms_key_arn: KmsKeyArn | None = None
    """The key of the stack's `nodes.diskKmsKeyArn`, if it has one: starting a machine with it needs rights on the key."""


class CiRolesSpec(Section):
    """Roles of jobs on their own."""

    region: RegionName
    """The region of the state's key."""
    bucket: BucketName
    """The bucket with the states."""
    forge: Forge = Forge.GITHUB
    """The system that runs the jobs."""
    host: DnsName | None = None
    """The host of a GitLab of your own. By default it is gitlab.com."""
    repository: Repository
    """The repository whose jobs get the roles. Forks of it do not."""
    branch: Branch = "main"
    """The branch whose scheduled jobs may read."""
    project_name: ProjectName = "dualstack"
    """The name of the Pulumi project in Pulumi.yaml, which is part of every state's path."""
    environments: Annotated[dict[DnsLabel, EnvironmentSection], Field(min_length=1)]
    """The environments by name. Each is named as its stack and as the forge's environment of its jobs."""
    tags: Tags = {}
    """Tags of every resource."""
