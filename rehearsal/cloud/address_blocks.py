"""Repairs of IPv6 blocks of VPCs and subnets, and of public IPv4 addresses."""

import secrets
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces, subnets, vpcs
from moto.ec2.responses.vpcs import VPCs

AMAZON_SPACE = IPv6Network("2600:1f00::/24")
"""Range of the blocks that Amazon provides."""

PUBLIC_SPACE = IPv4Network("198.18.0.0/16")
"""Range of public IPv4 addresses: reserved for test networks (RFC 2544)."""


def repair() -> None:
    """Return blocks in the standard notation, and accept blocks from pools."""
    elastic_ip_addresses.random_ip = public_address  # type: ignore[attr-defined]
    elastic_network_interfaces.random_public_ip = public_address  # type: ignore[attr-defined]
    vpcs.random_ipv6_cidr = amazon_block  # type: ignore[attr-defined]
    subnets.Subnet.ipv6_cidr_block_association_set = property(_subnet_blocks)  # type: ignore[assignment]
    VPCs.associate_vpc_cidr_block = _associate(VPCs.associate_vpc_cidr_block)  # type: ignore[method-assign]


def amazon_block() -> str:
    """A random block for a VPC. moto's are not in the standard notation of IPv6."""
    index = secrets.randbelow(2 ** (56 - AMAZON_SPACE.prefixlen))
    return str(IPv6Network((int(AMAZON_SPACE.network_address) + (index << 72), 56)))


def public_address() -> str:
    """A random public IPv4 address. moto's are loopback addresses, which are not routed, or addresses that belong to others."""
    return str(PUBLIC_SPACE[1 + secrets.randbelow(PUBLIC_SPACE.num_addresses - 2)])


def _subnet_blocks(subnet: Any) -> list[dict[str, Any]]:
    """The associated blocks of a subnet. moto answers with the state nested in another `state`."""
    return [
        association
        for association in subnet.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _associate(amazon_or_ipv4: Any) -> Any:
    """`AssociateVpcCidrBlock` with a block from a pool: moto has no pools. The block is stored like any other."""

    def associate_vpc_cidr_block(response: Any) -> Any:
        block = response._get_param("Ipv6CidrBlock")
        if not block:
            return amazon_or_ipv4(response)
        backend, vpc_id = response.ec2_backend, response._get_param("VpcId")
        association = backend.get_vpc(vpc_id).associate_vpc_cidr_block(block)
        association["ipv6_pool"] = response._get_param("Ipv6Pool") or "IPAM Managed"
        association["ipv6_cidr_block_network_border_group"] = response.region
        for table in list(backend.route_tables.values()):
            if table.vpc_id == vpc_id:
                backend.create_route(table.id, None, destination_ipv6_cidr_block=block, local=True)
        return ActionResult(
            {
                "VpcId": vpc_id,
                "Ipv6CidrBlockAssociation": {
                    "AssociationId": association["association_id"],
                    "Ipv6CidrBlock": block,
                    "Ipv6CidrBlockState": {"State": "associating"},
                    "NetworkBorderGroup": response.region,
                    "Ipv6Pool": association["ipv6_pool"],
                },
            }
        )

    return associate_vpc_cidr_block
