"""The first network interface of an instance, and the checks of its IPv6 addresses."""

from collections.abc import Iterable
from ipaddress import IPv6Network
from typing import Any

from ..resource_type import Properties
from .resource import request
from .session import Aws, refusal
from .vpc import subnet_blocks


def first_interface(inputs: Properties) -> dict[str, Any]:
    """The first interface, as `RunInstances` and launch templates take it."""
    return {"DeviceIndex": 0} | request(
        inputs,
        "subnetId",
        "associatePublicIpAddress",
        "ipv6AddressCount",
        "deleteOnTermination",
    )


def check_ipv6(
    operation: str,
    subnet: dict[str, Any],
    *,
    count: int | None,
    addresses: Iterable[str] = (),
    primary: bool = False,
) -> None:
    """Refuse IPv6 addresses that AWS cannot assign in the subnet."""
    blocks = subnet_blocks(subnet)
    wanted = list(addresses)
    if count and wanted:
        raise refusal(
            operation,
            "InvalidParameterCombination",
            "Only one of Ipv6Addresses and Ipv6AddressCount may be specified",
        )
    if (count or wanted) and not blocks:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"Subnet {subnet['SubnetId']} does not contain any IPv6 CIDR block ranges",
        )
    automatic = count is None and subnet.get("AssignIpv6AddressOnCreation")
    if primary and not (count or wanted or automatic):
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


def subnets_by_id(aws: Aws, subnet_ids: list[str]) -> list[dict[str, Any]]:
    return aws.ec2.describe_subnets(SubnetIds=subnet_ids)["Subnets"]


def has_primary_ipv6(aws: Aws, instance_id: str) -> bool:
    """Whether an instance has a primary IPv6 address, one that it keeps until it is terminated."""
    found = aws.ec2.describe_instances(InstanceIds=[instance_id])
    instance = found["Reservations"][0]["Instances"][0]
    return any(
        address.get("IsPrimaryIpv6")
        for interface in instance["NetworkInterfaces"]
        for address in interface["Ipv6Addresses"]
    )
