"""IPv6 blocks of VPCs and subnets, and public IPv4 addresses, put right where every client of moto sees them."""

import secrets
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces, subnets, vpcs
from moto.ec2.responses.vpcs import VPCs

AMAZON_SPACE = IPv6Network("2600:1f00::/24")
"""Where Amazon's own blocks are taken from."""

PUBLIC_SPACE = IPv4Network("198.18.0.0/16")
"""Where public IPv4 addresses are taken from: a range kept for test networks (RFC 2544)."""


def repair() -> None:
    """Write blocks as IPv6 is written, and take those that come out of a pool."""
    elastic_ip_addresses.random_ip = public_address  # type: ignore[attr-defined]
    elastic_network_interfaces.random_public_ip = public_address  # type: ignore[attr-defined]
    vpcs.random_ipv6_cidr = amazon_block  # type: ignore[attr-defined]
    subnets.Subnet.ipv6_cidr_block_association_set = property(_subnet_blocks)  # type: ignore[assignment]
    VPCs.associate_vpc_cidr_block = _associate(VPCs.associate_vpc_cidr_block)  # type: ignore[method-assign]


def amazon_block() -> str:
    """A block of Amazon's for a VPC: moto's own is not written as IPv6 is written."""
    index = secrets.randbelow(2 ** (56 - AMAZON_SPACE.prefixlen))
    return str(IPv6Network((int(AMAZON_SPACE.network_address) + (index << 72), 56)))


def public_address() -> str:
    """A public IPv4 address: moto's own are loopback addresses, which no packet is sent to, and addresses that others have."""
    return str(PUBLIC_SPACE[1 + secrets.randbelow(PUBLIC_SPACE.num_addresses - 2)])


def _subnet_blocks(subnet: Any) -> list[dict[str, Any]]:
    """moto puts the state of a block into a state."""
    return [
        association
        for association in subnet.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _associate(amazon_or_ipv4: Any) -> Any:
    """moto knows no pools; here a block out of one is kept like any other."""

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
