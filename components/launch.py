"""Launch settings that control planes and workers share: image, instance metadata, host names."""

from typing import TypedDict

import pulumi
from pulumi.runtime import sync_await
from pulumi_aws import ec2, ssm

from .boundary import passed
from .config.wording import Later
from .facts.choices import ImageFamily, Tenancy, VolumeType
from .facts.instance_types import Architecture
from .facts.versions import MINORS
from .spec.cluster import NodeSpec
from .spec.hardware import Hardware
from .spec.machines import ControlPlaneSection, PoolSection

ROOT_DEVICE = {ImageFamily.UBUNTU: "/dev/sda1", ImageFamily.AMAZON_LINUX_2023: "/dev/xvda"}
"""The device name of the root disk in each family's images."""


NAMES: ec2.InstancePrivateDnsNameOptionsArgsDict = {
    # Names by instance id, by which the cloud controller finds a node's instance. Only these names have an AAAA record.
    "hostname_type": "resource-name",
    "enable_resource_name_dns_a_record": True,
    "enable_resource_name_dns_aaaa_record": True,
}


def metadata_options(hop_limit: int) -> ec2.InstanceMetadataOptionsArgsDict:
    """The options of instance metadata. With a limit of one hop its tokens reach the machine, and no pod behind a bridge."""
    return {
        "http_endpoint": "enabled",
        # IMDSv2 only: it requires a token, which a request that a pod was tricked into (SSRF) does not have.
        "http_tokens": "required",
        "http_put_response_hop_limit": hop_limit,
        "http_protocol_ipv6": "enabled",
    }


def image_id(
    parent: pulumi.Resource, spec: NodeSpec, architecture: Architecture
) -> pulumi.Input[str]:
    """The AMI of a machine: that in the spec, or the newest of its family, which public SSM parameters name."""
    if not spec.nodes.looks_up:
        return spec.nodes.image
    found = ssm.get_parameter_output(
        name=_parameter(spec, architecture), opts=pulumi.InvokeOutputOptions(parent=parent)
    )
    # The AWS provider marks every parameter's value as a secret, but the id of an image is public.
    return pulumi.Output.unsecret(found.value)


def chosen_image(
    opts: pulumi.InvokeOptions, spec: NodeSpec, architecture: Architecture
) -> str | None:
    """The AMI that a configuration moves a pool to: one that it names, or the newest if it follows it. None leaves a pool's."""
    if not spec.nodes.looks_up:
        return spec.nodes.image
    if not spec.nodes.newest_image:
        return None
    return ssm.get_parameter(name=_parameter(spec, architecture), opts=opts).value


def is_known(image: str | Later) -> bool:
    """Whether a look-up can ask for an image. Of a resource that a preview does not make, it has no id yet."""
    if not isinstance(image, Later):
        return True
    return sync_await._sync_await(pulumi.Output.from_input(image.output).is_known())  # pyright: ignore[reportPrivateUsage] (look-ups of the SDK wait by it too)


def _parameter(spec: NodeSpec, architecture: Architecture) -> str:
    """The public parameter with the id of an image.

    https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli
    """
    if spec.nodes.family is ImageFamily.AMAZON_LINUX_2023:
        return (
            f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{OF_EC2[architecture]}"
        )
    release = MINORS[spec.minor].ubuntu
    # From 24.04 on, Canonical's images have gp3 snapshots.
    volume = "ebs-gp3" if release >= "24.04" else "ebs-gp2"
    return f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{architecture}/hvm/{volume}/ami-id"


OF_EC2 = {Architecture.AMD64: "x86_64", Architecture.ARM64: "arm64"}
"""Each architecture as EC2 names it."""


class Disk(TypedDict, total=False):
    """A disk as an instance and a launch template take it, whatever its device is."""

    volume_type: str
    volume_size: int
    iops: int
    throughput: int
    kms_key_id: pulumi.Input[str]


def root_disk(spec: NodeSpec, machines: ControlPlaneSection | PoolSection) -> Disk:
    """The root disk of machines."""
    return _disk(
        spec, VolumeType.GP3, machines.disk_gib, machines.disk_iops, machines.disk_throughput
    )


def further_disks(spec: NodeSpec, machines: Hardware) -> list[tuple[str, Disk]]:
    """Their further disks by device. Sorted, because a map from a program in another language has no order."""
    return [
        (device, _disk(spec, each.type, each.size_gib, each.iops, each.throughput))
        for device, each in sorted(machines.volumes.items())
    ]


def _disk(
    spec: NodeSpec, kind: VolumeType, size_gib: int, iops: int | None, throughput: int | None
) -> Disk:
    """A disk without what is not set: AWS answers with its default, which would look like drift."""
    disk: Disk = {"volume_type": str(kind), "volume_size": size_gib}
    if iops is not None:
        disk["iops"] = iops
    if throughput is not None:
        disk["throughput"] = throughput
    if spec.nodes.disk_kms_key_arn is not None:
        disk["kms_key_id"] = passed(spec.nodes.disk_kms_key_arn)
    return disk


def placement_group(machines: Hardware) -> pulumi.Input[str] | None:
    """The placement group of machines, if they have one."""
    return passed(machines.placement_group) if machines.placement_group is not None else None


def tenancy(machines: Hardware) -> str | None:
    """The tenancy of machines. None for the default, which nobody asks for."""
    return None if machines.tenancy is Tenancy.DEFAULT else str(machines.tenancy)
