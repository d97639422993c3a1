"""Rules for the disks of machines: sizes and speeds that go together, and a key that is in reach."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.forms import known
from ..config.section import Section
from ..facts.choices import VolumeType
from ..spec.cluster import NodeSpec
from ..spec.hardware import VolumeSection
from ..spec.machines import ControlPlaneSection, PoolSection

LEAST_IOPS = 3000
"""The operations a second that every gp3 volume has."""

MOST_GP3_IOPS = 80000
LEAST_IO2_GIB = 4


def disk_speed(machines: ControlPlaneSection | PoolSection) -> Iterator[Fault]:
    """A gp3 volume has at most 500 operations a second for each GiB, and a quarter of a MiB a second for each operation.

    https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
    """
    operations = machines.disk_iops or LEAST_IOPS
    most = max(LEAST_IOPS, 500 * machines.disk_gib)
    if operations > most:
        yield Fault(
            "diskIops",
            f"{operations} operations a second are too many for {machines.disk_gib} GiB; write at most {most}, or raise diskGib",
        )
    if (machines.disk_throughput or 0) > operations // 4:
        yield Fault(
            "diskThroughput",
            f"{machines.disk_throughput} MiB a second are too much for {operations} operations; write at most {operations // 4}, "
            "or raise diskIops",
        )


def volume(disk: VolumeSection) -> Iterator[Fault]:
    """The limits of a further disk, which are those of its type.

    https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
    https://docs.aws.amazon.com/ebs/latest/userguide/provisioned-iops.html
    """
    if disk.type is VolumeType.IO2:
        yield from _io2(disk)
        return
    operations = disk.iops or LEAST_IOPS
    most = min(MOST_GP3_IOPS, max(LEAST_IOPS, 500 * disk.size_gib))
    if operations < LEAST_IOPS:
        yield Fault(
            "iops", f"{operations} are less than every gp3 disk has; leave it out, or write 3000"
        )
    if operations > most:
        yield Fault(
            "iops",
            f"{operations} operations a second are too many for a gp3 disk of {disk.size_gib} GiB; write at most {most}, raise "
            "sizeGib, or choose io2",
        )
    if (disk.throughput or 0) > operations // 4:
        yield Fault(
            "throughput",
            f"{disk.throughput} MiB a second are too much for {operations} operations; write at most {operations // 4}, or raise iops",
        )


def _io2(disk: VolumeSection) -> Iterator[Fault]:
    most = 1000 * disk.size_gib
    if disk.size_gib < LEAST_IO2_GIB:
        yield Fault("sizeGib", f"{disk.size_gib} GiB are too few for io2; write 4 or more")
    if disk.iops is None:
        yield Fault("iops", "missing: io2 has no operations by default; write 100 or more")
    elif disk.iops > most:
        yield Fault(
            "iops",
            f"{disk.iops} operations a second are too many for {disk.size_gib} GiB of io2; write at most {most}, or raise sizeGib",
        )
    if disk.throughput is not None:
        yield Fault(
            "throughput", "io2 has as much as its operations need; leave it out, or choose gp3"
        )


def key_in_region(spec: NodeSpec) -> Iterator[Fault]:
    """A key encrypts disks of its own region alone."""
    if spec.nodes.disk_kms_key_arn is None:
        return
    arn = known(spec.nodes.disk_kms_key_arn)
    if (region := arn.split(":")[3]) != spec.region:
        yield Fault(
            "nodes.diskKmsKeyArn",
            f"the key is in {region}, and encrypts no disks in {spec.region}; name a key of {spec.region}",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSection: (disk_speed,),
    PoolSection: (disk_speed,),
    VolumeSection: (volume,),
    NodeSpec: (key_in_region,),
}
"""The rules for each kind of section."""
