"""The hardware of machines beside their type and root disk: further disks, and their place in AWS's buildings."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ..config.forms import AS_GIVEN, OR_OUTPUT, Whole, matching
from ..config.section import Section, ask
from ..config.wording import shown
from ..facts.choices import Tenancy, VolumeType
from ..facts.regions import PARTITIONS, REGION, partition
from .additions import Additions
from .values import DiskThroughput

DeviceName = Annotated[
    str,
    matching("/dev/sd[f-p]", "a device for a further disk; write /dev/sdf to /dev/sdp"),
]
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html"""


def _in_partition(value: str) -> str:
    _, named, _, region, *_ = value.split(":")
    if named != partition(region):
        raise ValueError(
            f"{shown(value)} names the partition {named}, and {region} lies in {partition(region)}; write the ARN that AWS shows"
        )
    return value


VolumeGib = Annotated[Whole, Field(ge=1, le=65536)]
VolumeIops = Annotated[Whole, Field(ge=100, le=256000)]

KmsKeyArn = Annotated[
    str,
    matching(
        rf"arn:({'|'.join(PARTITIONS)}):kms:({REGION}):[0-9]{{12}}:key/[A-Za-z0-9-]{{1,64}}",
        "the ARN of a KMS key; write one like arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    AfterValidator(_in_partition),
    OR_OUTPUT,
    AS_GIVEN,
]
"""A key by its ARN. AWS answers with the ARN: an id or alias would look like a change in each preview."""

PlacementGroup = Annotated[
    str,
    matching(
        "[!-~]([ -~]{0,253}[!-~])?",
        "the name of a placement group; write up to 255 ASCII characters, like my-spread-group",
    ),
    OR_OUTPUT,
    AS_GIVEN,
]


class VolumeSection(Section):
    """A further disk. It has no file system until a command makes one. It is encrypted, and deleted with its machine."""

    size_gib: VolumeGib = ask("choose the disk's size in GiB, like 100")
    """The size, in GiB."""
    type: VolumeType = VolumeType.GP3
    """The type."""
    iops: VolumeIops | None = None
    """The operations a second: of gp3 3000 by default, and required of io2."""
    throughput: DiskThroughput | None = None
    """The throughput of gp3, in MiB a second. 125 by default."""


class Hardware(Additions):
    """What machines are made of beside their type and root disk."""

    volumes: dict[DeviceName, VolumeSection] = {}
    """Further disks by device, /dev/sdf to /dev/sdp. The machine sees NVMe devices, whose serial number is the volume's id."""
    placement_group: PlacementGroup | None = None
    """The name of a placement group that exists. A cluster group holds machines of one zone. It may be an output."""
    tenancy: Tenancy = Tenancy.DEFAULT
    """Whether the machines run on hosts that run nothing of other accounts, which AWS bills."""
