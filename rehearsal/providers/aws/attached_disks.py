"""The disks of an instance: as they are asked for, and as AWS has them."""

from typing import Any

from ..resource_type import Properties
from .resource import inputs_from, request, tag_list, tags_of
from .session import Aws

ROOT_DEVICE = "/dev/sda1"

SENT = (
    *("volumeSize", "volumeType", "encrypted", "kmsKeyId", "iops", "throughput", "snapshotId"),
    "deleteOnTermination",
)


def requested(inputs: Properties) -> list[dict[str, Any]]:
    """The disks of the inputs as `RunInstances` takes them."""
    disks = [*(inputs.get("ebsBlockDevices") or ())]
    if inputs.get("rootBlockDevice"):
        disks.insert(0, {**inputs["rootBlockDevice"], "deviceName": ROOT_DEVICE})
    return [
        {
            "DeviceName": disk["deviceName"],
            "Ebs": {"DeleteOnTermination": True} | request(disk, *SENT),
        }
        for disk in disks
    ]


def tag_disks(aws: Aws, instance: dict[str, Any], inputs: Properties) -> None:
    """Give the disks of a new instance the tags of the inputs."""
    root = inputs.get("rootBlockDevice") or {}
    tags = {disk["deviceName"]: disk.get("tags") for disk in inputs.get("ebsBlockDevices") or ()}
    for device in instance.get("BlockDeviceMappings") or ():
        name = device["DeviceName"]
        if wanted := root.get("tags") if _is_root(instance, name) else tags.get(name):
            aws.ec2.create_tags(Resources=[device["Ebs"]["VolumeId"]], Tags=tag_list(wanted))


def root_disk(aws: Aws, instance: dict[str, Any], block: Properties) -> Properties:
    """The root disk."""
    for device in instance.get("BlockDeviceMappings") or ():
        if _is_root(instance, device["DeviceName"]):
            return _disk(aws, device, block)
    return {}


def further_disks(aws: Aws, instance: dict[str, Any], blocks: list[Properties]) -> list[Properties]:
    """All other disks, in the order of the inputs: those that were attached later too, as the provider reads them."""
    known = {block["deviceName"]: block for block in blocks}
    found = {
        name: {**_disk(aws, device, known.get(name, {})), "deviceName": name}
        for device in instance.get("BlockDeviceMappings") or ()
        if not _is_root(instance, name := device["DeviceName"])
    }
    return [found[name] for name in [*known, *sorted(found.keys() - known)] if name in found]


def _is_root(instance: dict[str, Any], name: str) -> bool:
    return name in (instance.get("RootDeviceName"), ROOT_DEVICE)


def _disk(aws: Aws, device: dict[str, Any], block: Properties) -> Properties:
    volumes = aws.ec2.describe_volumes(VolumeIds=[device["Ebs"]["VolumeId"]])["Volumes"]
    return {
        **inputs_from(volumes[0], "volumeType", "encrypted", "kmsKeyId", "iops", "throughput"),
        **inputs_from(device["Ebs"], "deleteOnTermination", "volumeId"),
        "volumeSize": volumes[0]["Size"],
        "tags": aws.own_tags(tags_of(volumes[0]), block.get("tags")),
    }
