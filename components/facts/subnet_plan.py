"""The address plan: the subnets of a VPC, and the default IPv6 ranges of a cluster that chooses none."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network

PRIVATE_INDEX = 8
"""The number of the first private subnet's IPv6 block. Both tiers fit into the 16 blocks of a /60, the smallest range IPAM gives."""


class Tier(StrEnum):
    """The purpose of a subnet."""

    PUBLIC = "public"
    """Load balancers and NAT gateways."""
    PRIVATE = "private"
    """Nodes."""


SHARE_BITS = {Tier.PRIVATE: 3, Tier.PUBLIC: 6}
"""How much longer than the VPC's prefix that of a zone's share is."""

WHOLE_SHARES: Mapping[Tier, int] = {}
"""No sizes: each subnet is the whole of its share."""

SLOTS = 8
"""The places for further tiers: as many parts as the upper half of a zone's share has, each a /23 of a /16 and a /27 of a /20."""

SLOT_BITS = 4
"""How much longer than a zone's share the prefix of a further tier's subnet is: sixteen parts, the upper eight are for tiers."""

OWN_RANGE_BITS = 6
"""How much longer than the prefix of a further range that of a tier's subnet in it is: eight slots for each of eight letters of zones."""

TIER_INDEX = 16
"""The number of the first further tier's IPv6 block, behind the blocks of public and private subnets."""


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    """One tier's share of a VPC in one zone."""

    tier: str
    """A `Tier`, or the name of a further one."""
    zone: str
    ipv4: IPv4Network
    index: int
    """The number of the subnet's /64 within the VPC's IPv6 range."""

    @property
    def name(self) -> str:
        """The subnet's name within its VPC, like private-eu-west-1a."""
        return f"{self.tier}-{self.zone}"

    def ipv6_within(self, vpc_range: str) -> str:
        """The /64 this subnet takes from the VPC's IPv6 range."""
        return str(block(IPv6Network(vpc_range), 64, self.index))

    def ipv6_notation(self, vpc_range: str | None = None) -> str:
        """The subnet's /64; without the VPC's range, which AWS may not have given yet, the number of that /64."""
        return (
            self.ipv6_within(vpc_range)
            if vpc_range
            else f"/64 number {self.index} of the VPC's range"
        )


def block(within: IPv6Network, prefix: int, index: int) -> IPv6Network:
    """The block with this prefix length and number in a range; a `ValueError` if the range has fewer blocks."""
    if not 0 <= index < 1 << (prefix - within.prefixlen):
        raise ValueError(f"{within} has no /{prefix} number {index}")
    start = int(within.network_address) + (index << (128 - prefix))
    return IPv6Network((start, prefix))


def zone_index(zone: str) -> int:
    """A zone's number in the plan. It follows from the zone's letter, so adding or removing another zone does not change it."""
    return ord(zone[-1]) - ord("a")


def plan_subnets(
    vpc_range: IPv4Network, zones: Iterable[str], sizes: Mapping[Tier, int] = WHOLE_SHARES
) -> list[SubnetPlan]:
    """The public and private subnets of each zone, in the order of the zones.

    A private subnet's share is an eighth of the VPC, a public one's a sixty-fourth: a /19 and a /22 of a /16, a /23 and a
    /26 of a /20. A subnet is the whole share, or its beginning with the prefix length in `sizes`.
    """
    shares = list(vpc_range.subnets(prefixlen_diff=3))
    public = list(shares[-1].subnets(prefixlen_diff=3))
    plan: list[SubnetPlan] = []
    for zone in zones:
        at = zone_index(zone)
        for tier, share, index in (
            (Tier.PUBLIC, public[at], at),
            (Tier.PRIVATE, shares[at], PRIVATE_INDEX + at),
        ):
            plan.append(SubnetPlan(tier, zone, _beginning(share, sizes.get(tier)), index))
    return plan


def plan_tier(
    tier: str,
    slot: int,
    zones: Iterable[str],
    vpc_range: IPv4Network,
    own_range: IPv4Network | None,
) -> list[SubnetPlan]:
    """The subnets of a further tier, in the order of the zones. Its slot, not its place among others, fixes their ranges.

    In the VPC's first range a subnet is part 8 + slot of the sixteen of its zone's share. That is free if private subnets have at
    most the lower half of the share. In a range of the tier's own, it is one of 64 parts, eight for each zone.
    """
    plan: list[SubnetPlan] = []
    for zone in zones:
        at = zone_index(zone)
        if own_range:
            parts, number = [*own_range.subnets(prefixlen_diff=OWN_RANGE_BITS)], SLOTS * at + slot
        else:
            share = [*vpc_range.subnets(prefixlen_diff=SHARE_BITS[Tier.PRIVATE])][at]
            parts, number = [*share.subnets(prefixlen_diff=SLOT_BITS)], SLOTS + slot
        plan.append(SubnetPlan(tier, zone, parts[number], TIER_INDEX + SLOTS * slot + at))
    return plan


def _beginning(share: IPv4Network, size: int | None) -> IPv4Network:
    """The first part of a share with this prefix length, or all of it. A share has no larger part: a rule reports that."""
    return IPv4Network((share.network_address, max(size or 0, share.prefixlen)))


def unique_local_prefix(*owner: str) -> IPv6Network:
    """The RFC 4193 prefix of one owner: a /48 under fd00::/8 with a 40-bit global id.

    The id is a hash, not a random number as the RFC suggests, so that every run on any machine plans the same ranges.
    No id has zero as its first byte, because fd00:ec2::/32 belongs to the VPC's own services.
    """
    digest = hashlib.sha256("\0".join(owner).encode()).digest()
    first = digest[0] % 255 + 1
    packed = bytes([0xFD, first, *digest[1:5]])
    return IPv6Network((IPv6Address(packed.ljust(16, b"\0")), 48))


def own_service_range(prefix: IPv6Network) -> IPv6Network:
    """The /112 for Services: the widest range that the API server's allocator uses."""
    return block(prefix, 112, 0)


def own_pod_range(prefix: IPv6Network) -> IPv6Network:
    """The /56 for pods: a /64 for each of 256 nodes, as many as 10.244.0.0/16 has /24 ranges."""
    return block(prefix, 56, 1)


def own_wide_pod_range(prefix: IPv6Network) -> IPv6Network:
    """The /16 for the pods of Kubernetes 1.16, which gives each node a /24 in both families.

    A /16 does not fit into the /48 prefix, so it is beside it: its second byte differs from the prefix's, and is never zero.
    """
    second = prefix.network_address.packed[1]
    return IPv6Network((IPv6Address(bytes([0xFD, second % 255 + 1]).ljust(16, b"\0")), 16))


def plan_rows(plan: Sequence[SubnetPlan], vpc_ipv6: str | None = None) -> list[dict[str, str]]:
    """The plan as rows with tier, zone, ipv4 and ipv6, for a table or an output."""
    return [
        {
            "tier": str(subnet.tier),
            "zone": subnet.zone,
            "ipv4": str(subnet.ipv4),
            "ipv6": subnet.ipv6_notation(vpc_ipv6),
        }
        for subnet in plan
    ]
