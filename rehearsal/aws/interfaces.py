"""The network interface of a new instance, brought to what AWS would have given it."""

import secrets
from collections.abc import Iterable
from ipaddress import IPv6Network
from typing import Any

from .session import Aws, refusal
from .vpc import subnet_blocks

PRIMARY_IPV6 = "rehearsal:primary-ipv6"
"""Tag of an interface whose first IPv6 address is its primary one: moto has no place for that."""

RESERVED = 4
"""Addresses at the start of a subnet's block that AWS keeps."""


def ipv6_wanted(
    operation: str,
    subnet: dict[str, Any],
    *,
    count: int | None,
    addresses: Iterable[str] = (),
    primary: bool = False,
) -> list[str]:
    """The IPv6 addresses for an interface in a subnet, or the refusal AWS would give."""
    blocks = subnet_blocks(subnet)
    wanted = list(addresses)
    if count and wanted:
        raise refusal(
            operation,
            "InvalidParameterCombination",
            "Only one of Ipv6Addresses and Ipv6AddressCount may be specified",
        )
    if count is None and not wanted:
        count = 1 if subnet.get("AssignIpv6AddressOnCreation") else 0
    if (count or wanted) and not blocks:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"Subnet {subnet['SubnetId']} does not contain any IPv6 CIDR block ranges",
        )
    if primary and not (count or wanted):
        raise refusal(
            operation,
            "InvalidParameterCombination",
            "A primary IPv6 address needs an interface with an IPv6 address",
        )
    for address in wanted:
        if not any(IPv6Network(address).subnet_of(block) for block in blocks):
            raise refusal(
                operation,
                "InvalidParameterValue",
                f"Address {address} does not fall within the subnet's address range",
            )
    return wanted or [_address_in(blocks[0]) for _ in range(count or 0)]


def subnet_of(aws: Aws, subnet_id: str) -> dict[str, Any]:
    return aws.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]


def assign(aws: Aws, interface: str, addresses: list[str], *, primary: bool) -> None:
    """moto leaves an instance without IPv6; AWS gives it what its subnet and its launch say."""
    if addresses:
        aws.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=addresses)
    if primary:
        tag = {"Key": PRIMARY_IPV6, "Value": "true"}
        aws.ec2.create_tags(Resources=[interface], Tags=[tag])


def has_primary_ipv6(interface: dict[str, Any]) -> bool:
    return any(tag["Key"] == PRIMARY_IPV6 for tag in interface.get("TagSet", ()))


def interfaces_of(aws: Aws, instances: list[str]) -> list[dict[str, Any]]:
    if not instances:
        return []
    where = [{"Name": "attachment.instance-id", "Values": instances}]
    return aws.ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]


def remove_left_over(aws: Aws, interfaces: list[dict[str, Any]]) -> None:
    """moto keeps the interfaces of a machine that is gone; AWS takes them with it."""
    wanted = [interface["NetworkInterfaceId"] for interface in interfaces]
    present = aws.ec2.describe_network_interfaces()["NetworkInterfaces"] if wanted else []
    for interface in present:
        if interface["NetworkInterfaceId"] in wanted:
            aws.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


def _address_in(block: IPv6Network) -> str:
    room = block.num_addresses - RESERVED - 1
    return str(block[RESERVED + secrets.randbelow(room)])
