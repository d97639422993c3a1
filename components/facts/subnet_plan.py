"""Which address goes where: the subnets of a VPC, and the ranges a cluster takes when it is given none."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network

IPV4_SHARES = 8
"""A VPC's IPv4 range is cut into eight: one for each private subnet, and the last for all the public ones."""

PRIVATE_INDEX = 8
"""Where the private subnets' IPv6 blocks begin. Both tiers fit into the 16 blocks of a /60, the least IPAM gives."""

AMAZON_PREFIX = 56
"""The size of the range Amazon gives a VPC."""


class Tier(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    """Load balancers and NAT gateways."""
    PRIVATE = "private"
    """Nodes."""


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    """One tier's share of a VPC in one zone."""

    tier: Tier
    zone: str
    ipv4: IPv4Network
    index: int
    """Which /64 of the VPC's IPv6 range."""

    @property
    def name(self) -> str:
        """The words that name it among the VPC's subnets."""
        return f"{self.tier}-{self.zone}"

    def ipv6_within(self, vpc_range: str) -> str:
        """The /64 this subnet takes from the VPC's IPv6 range."""
        return str(block(IPv6Network(vpc_range), 64, self.index))

    def ipv6_notation(self, vpc_range: str | None = None) -> str:
        """Its /64, or which one of the VPC's it will be while AWS has not yet given the range."""
        return (
            self.ipv6_within(vpc_range)
            if vpc_range
            else f"/64 number {self.index} of the VPC's range"
        )


def block(within: IPv6Network, prefix: int, index: int) -> IPv6Network:
    """The block of one size at one index of a range; a `ValueError` when the range has not so many."""
    if not 0 <= index < 1 << (prefix - within.prefixlen):
        raise ValueError(f"{within} has no /{prefix} number {index}")
    start = int(within.network_address) + (index << (128 - prefix))
    return IPv6Network((start, prefix))


def zone_index(zone: str) -> int:
    """A zone's place in the plan: its letter, so that no other zone's coming or going moves it."""
    return ord(zone[-1]) - ord("a")


def plan_subnets(vpc_range: IPv4Network, zones: Iterable[str]) -> list[SubnetPlan]:
    """The public and private subnets of each zone, in the order of the zones.

    A private subnet is an eighth of the VPC, a public one a sixty-fourth: a /19 and a /22 of a /16, a /23 and a /26 of a /20.
    """
    shares = list(vpc_range.subnets(prefixlen_diff=3))
    public = list(shares[-1].subnets(prefixlen_diff=3))
    plan: list[SubnetPlan] = []
    for zone in zones:
        at = zone_index(zone)
        plan.append(SubnetPlan(Tier.PUBLIC, zone, public[at], at))
        plan.append(SubnetPlan(Tier.PRIVATE, zone, shares[at], PRIVATE_INDEX + at))
    return plan


def unique_local_prefix(*owner: str) -> IPv6Network:
    """The RFC 4193 prefix of one owner: a /48 under fd00::/8 with a 40-bit global id.

    The id is a hash, not a random number as the RFC suggests, so that every machine plans the same cluster. Ids whose
    first byte is zero are left out: fd00:ec2::/32 belongs to the VPC's own services.
    """
    digest = hashlib.sha256("\0".join(owner).encode()).digest()
    first = digest[0] % 255 + 1
    packed = bytes([0xFD, first, *digest[1:5]])
    return IPv6Network((IPv6Address(packed.ljust(16, b"\0")), 48))


def own_service_range(prefix: IPv6Network) -> IPv6Network:
    """The /112 for Services: the most the API server's allocator uses."""
    return block(prefix, 112, 0)


def own_pod_range(prefix: IPv6Network) -> IPv6Network:
    """The /56 for pods: 256 nodes with a /64 each, as many as a 10.244.0.0/16 has of /24."""
    return block(prefix, 56, 1)


def own_wide_pod_range(prefix: IPv6Network) -> IPv6Network:
    """The /16 for the pods of Kubernetes 1.16, which gives each node a /24 in both families.

    It lies beside the prefix, not in it: the second byte differs, and is never zero.
    """
    second = prefix.network_address.packed[1]
    return IPv6Network((IPv6Address(bytes([0xFD, second % 255 + 1]).ljust(16, b"\0")), 16))


def plan_rows(plan: Sequence[SubnetPlan], vpc_ipv6: str | None = None) -> list[dict[str, str]]:
    """The plan as rows of tier, zone, ipv4 and ipv6, for a table or an output."""
    return [
        {
            "tier": str(subnet.tier),
            "zone": subnet.zone,
            "ipv4": str(subnet.ipv4),
            "ipv6": subnet.ipv6_notation(vpc_ipv6),
        }
        for subnet in plan
    ]
