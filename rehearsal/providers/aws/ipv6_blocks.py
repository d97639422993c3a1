"""IPv6 blocks from IPAM and BYOIP pools, which moto lacks."""

import hashlib
from ipaddress import IPv6Address, IPv6Network

from ..resource_type import Properties
from .session import Aws, refusal

LENGTHS = range(44, 61, 4)
"""Netmask lengths of a VPC's block from a pool."""

POOL_SPACE = IPv6Network("2a05:d000::/25")
"""The range of the blocks when the program requests none."""

DEFAULT_LENGTH = 56
"""Netmask length when the program sets none."""


def take_from_pool(aws: Aws, inputs: Properties) -> IPv6Network:
    """A free block of the pool: the requested one, or the next of the requested length."""
    wanted = inputs.get("ipv6CidrBlock")
    length = inputs.get("ipv6NetmaskLength")
    if wanted and length:
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidParameterCombination",
            "Only one of Ipv6CidrBlock and Ipv6NetmaskLength may be specified",
        )
    taken = _taken(aws)
    if wanted:
        return _checked(wanted, taken)
    if length is not None and length not in LENGTHS:
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidParameterValue",
            f"Value ({length}) for parameter ipv6NetmaskLength is invalid. "
            "It must be between 44 and 60 in increments of 4.",
        )
    pool = str(inputs.get("ipv6IpamPoolId") or inputs.get("ipv6Pool"))
    return next(
        block for block in _blocks_of(pool, length or DEFAULT_LENGTH) if not _overlaps(block, taken)
    )


def _checked(wanted: str, taken: list[IPv6Network]) -> IPv6Network:
    try:
        block = IPv6Network(wanted)
    except ValueError as error:
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidParameterValue",
            f"Value ({wanted}) for parameter ipv6CidrBlock is invalid: {error}.",
        ) from None
    if block.prefixlen not in LENGTHS:
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidVpc.Range",
            f"The CIDR '{block}' is invalid: a VPC takes a /44 to /60 in increments of 4.",
        )
    if _overlaps(block, taken):
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidParameterValue",
            f"The CIDR '{block}' overlaps a block that is already allocated from the pool.",
        )
    return block


def _blocks_of(pool: str, length: int):
    """All blocks of one length in the pool's /40, which a hash of the pool's id chooses."""
    share = int.from_bytes(hashlib.sha256(pool.encode()).digest()[:2], "big") & 0x7FFF
    start = IPv6Address(int(POOL_SPACE.network_address) + (share << (128 - 40)))
    return IPv6Network((start, 40)).subnets(new_prefix=length)


def _overlaps(block: IPv6Network, taken: list[IPv6Network]) -> bool:
    return any(block.overlaps(other) for other in taken)


def _taken(aws: Aws) -> list[IPv6Network]:
    return [
        IPv6Network(association["Ipv6CidrBlock"])
        for vpc in aws.ec2.describe_vpcs()["Vpcs"]
        for association in vpc.get("Ipv6CidrBlockAssociationSet", ())
        if association["Ipv6CidrBlockState"]["State"] == "associated"
    ]
