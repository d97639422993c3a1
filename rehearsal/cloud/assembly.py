"""Disks of a new instance as they were asked for, and its placement, which moto ignores."""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from moto.ec2.models import instances as models
from moto.ec2.responses import instances as responses

from . import placement_groups

GP3_MIB = 125
"""The throughput of a gp3 disk for which none is asked."""

_ASKED: ContextVar[Mapping[str, Any]] = ContextVar("asked")
"""The request that is answered. moto passes on only a part of it."""


def repair() -> None:
    """Give every instance that moto launches the disks and the placement of its request, or of its template."""
    answers: Any = responses.InstanceResponse
    answers.run_instances = _noted(answers.run_instances)
    backend: Any = models.InstanceBackend
    backend.run_instances = _built(backend.run_instances)


def _noted(answer: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(asked: Any) -> Any:
        names = ("BlockDeviceMappings", "Placement")
        token = _ASKED.set({name: asked._get_param(name) for name in names})
        try:
            return answer(asked)
        finally:
            _ASKED.reset(token)

    return run_instances


def _built(launch: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(backend: Any, *which: Any, **how: Any) -> Any:
        named = how.get("launch_template")
        template = backend._get_template_from_args(named).data if named else {}
        asked = _ASKED.get({})
        disks = asked.get("BlockDeviceMappings") or template.get("BlockDeviceMappings") or []
        if disks:
            how["block_device_mappings"] = [_plain(disk) for disk in how["block_device_mappings"]]
        placement = {**(template.get("Placement") or {}), **(asked.get("Placement") or {})}
        kind = how.get("instance_type") or template.get("InstanceType", "")
        placement_groups.check(backend, kind, placement)
        placement_groups.check_keys(backend, disks)
        reservation = launch(backend, *which, **how)
        for instance in reservation.instances:
            for volume, ebs in _volumes(backend, instance, disks):
                volume.volume_type = ebs.get("VolumeType") or volume.volume_type
                volume.iops = ebs.get("Iops") or volume.iops
                usual = GP3_MIB if volume.volume_type == "gp3" else None
                volume.throughput = ebs.get("Throughput") or usual
            instance.placement.group_name = placement.get("GroupName", "")
            instance.placement.tenancy = placement.get("Tenancy", "default")
        return reservation

    return run_instances


def _plain(disk: Mapping[str, Any]) -> dict[str, Any]:
    """The disk as moto can make it: it refuses io2, because it forgets the operations that were asked for."""
    ebs = disk.get("Ebs") or {}
    return (
        {**disk, "Ebs": {**ebs, "VolumeType": "gp3"}}
        if ebs.get("VolumeType") == "io2"
        else {**disk}
    )


def _volumes(
    backend: Any, instance: Any, disks: list[dict[str, Any]]
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The volumes of an instance, each with what was asked for."""
    for disk in disks:
        attached = instance.block_device_mapping.get(disk["DeviceName"])
        if attached and disk.get("Ebs"):
            yield backend.volumes[attached.volume_id], disk["Ebs"]
