"""Settings of a new instance from its launch template and its subnet that moto ignores."""

import secrets
from collections.abc import Callable
from ipaddress import IPv6Network
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models import elastic_network_interfaces, instances, launch_templates

from . import private_dns, shortages

RESERVED = 4
"""Addresses that AWS reserves at the start of a subnet's block."""


def repair() -> None:
    """Complete every instance that moto launches, directly or for an Auto Scaling group."""
    backend: Any = instances.InstanceBackend
    backend.run_instances = _finished(backend.run_instances)
    interface: Any = elastic_network_interfaces.NetworkInterface
    interface.instance_ipv6_address_list = property(_addresses)
    template: Any = launch_templates.LaunchTemplate
    template.create_version = _readable(template.create_version)


def _finished(launch: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(
        backend: Any, image_id: str, count: int, user_data: Any, groups: list[str], **how: Any
    ) -> Any:
        template = _template(backend, how.get("launch_template"))
        kind = how.get("instance_type") or template.get("InstanceType", "")
        shortages.refuse(kind, _zone(backend, how))
        image_id = image_id or template.get("ImageId", "")
        if template.get("BlockDeviceMappings"):
            # With mappings in the template only, moto creates a second root volume, which outlives the instance.
            how.setdefault("block_device_mappings", template["BlockDeviceMappings"])
        asked = [dict(interface) for interface in how.get("nics") or ()]
        reservation = launch(backend, image_id, count, user_data, groups, **how)
        spec = next(iter(asked or template.get("NetworkInterfaces") or ()), {})
        for instance in reservation.instances:
            _finish_interface(backend, instance, spec)
            _finish_identity(backend, instance, template)
            private_dns.note(instance, template.get("PrivateDnsNameOptions"))
        return reservation

    return run_instances


def _zone(backend: Any, how: dict[str, Any]) -> str:
    """The zone of the subnet that a launch names, directly or in its interface."""
    interface = next(iter(how.get("nics") or ()), {})
    subnet = how.get("subnet_id") or interface.get("SubnetId")
    return backend.get_subnet(subnet).availability_zone if subnet else ""


def _readable(create: Callable[..., Any]) -> Callable[..., Any]:
    """Store the user data of later versions in the type of the first: otherwise moto fails to launch them."""

    def create_version(template: Any, data: dict[str, Any], description: str) -> Any:
        if isinstance(data.get("UserData"), str):
            data = data | {"UserData": Base64EncodedString(data["UserData"])}
        return create(template, data, description)

    return create_version


def _template(backend: Any, argument: dict[str, Any] | None) -> dict[str, Any]:
    return backend._get_template_from_args(argument).data if argument else {}


def _finish_interface(backend: Any, instance: Any, spec: dict[str, Any]) -> None:
    interface = instance.nics[0]
    # AWS deletes the interface that it created for an instance with the instance.
    interface.delete_on_termination = _true(spec.get("DeleteOnTermination", True))
    interface.primary_ipv6 = _true(spec.get("PrimaryIpv6", False))
    interface.ipv6_addresses = _ipv6(interface.subnet, spec)
    groups = spec.get("Groups")
    if groups:
        interface._group_set = [backend.get_security_group_from_id(group) for group in groups]
        instance.security_groups = list(interface._group_set)


def _ipv6(subnet: Any, spec: dict[str, Any]) -> list[str]:
    chosen = [address["Ipv6Address"] for address in spec.get("Ipv6Addresses") or ()]
    blocks = [block["ipv6CidrBlock"] for block in subnet.ipv6_cidr_block_association_set]
    if chosen or not blocks:
        return chosen
    count = spec.get("Ipv6AddressCount")
    if count is None:
        count = 1 if _true(subnet.assign_ipv6_address_on_creation) else 0
    return [_address_in(IPv6Network(blocks[0])) for _ in range(int(count))]


def _finish_identity(backend: Any, instance: Any, template: dict[str, Any]) -> None:
    profile = template.get("IamInstanceProfile") or {}
    if profile and not backend.iam_instance_profile_associations.get(instance.id):
        backend.associate_iam_instance_profile(
            instance_id=instance.id,
            iam_instance_profile_name=profile.get("Name"),
            iam_instance_profile_arn=profile.get("Arn"),
        )
    if template.get("MetadataOptions"):
        instance.metadata_options = instances.MetadataOptions(template["MetadataOptions"])


def _addresses(interface: Any) -> list[dict[str, Any]]:
    primary = getattr(interface, "primary_ipv6", False)
    return [
        {"Ipv6Address": address, "IsPrimaryIpv6": primary and index == 0}
        for index, address in enumerate(interface.ipv6_addresses)
    ]


def _address_in(block: IPv6Network) -> str:
    room = block.num_addresses - RESERVED - 1
    return str(block[RESERVED + secrets.randbelow(room)])


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
