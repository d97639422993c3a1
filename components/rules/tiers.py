"""Rules for further tiers of subnets: a place in the plan for each, in both families, that nothing else has."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.subnet_plan import OWN_RANGE_BITS, SHARE_BITS, TIER_INDEX, Tier
from ..spec.network import NetworkSection
from ..spec.ranges import SMALLEST_SUBNET

TAKEN = (*Tier, "pods", "services")
"""The tiers that the address plan has without being asked."""


def names(network: NetworkSection) -> Iterator[Fault]:
    """A further tier is not named like a row that the address plan has already."""
    for name in sorted(network.tiers or {}):
        if name in TAKEN:
            yield Fault(
                f"tiers.{name}", f"{name} is a tier of every address plan; name it otherwise"
            )


def slots(network: NetworkSection) -> Iterator[Fault]:
    """Each tier has a slot of its own, whatever range it is in: the slot fixes its IPv6 blocks too."""
    first: dict[int, str] = {}
    for name, tier in sorted((network.tiers or {}).items()):
        with suppress(Unsound):
            holder = first.setdefault(tier.slot, name)
            if holder != name:
                yield Fault(
                    f"tiers.{name}.slot",
                    f"{tier.slot} is the slot of {holder} too; choose another for the tier that is newer",
                )


def in_first_range(network: NetworkSection) -> Iterator[Fault]:
    """Tiers in the first range are in the upper halves of the zones' shares, which private subnets must leave free."""
    half = network.ipv4_range.prefixlen + SHARE_BITS[Tier.PRIVATE] + 1
    private = network.sizes.get(Tier.PRIVATE, half - 1)
    for name, tier in sorted((network.tiers or {}).items()):
        with suppress(Unsound):
            if tier.ipv4_range is None and private < half:
                yield Fault(
                    f"tiers.{name}",
                    "it is in the upper half of each zone's share, and private subnets have the whole; in a new network write "
                    f"{half} or more in subnets.privateSize; in one that is up name a range of furtherIpv4Ranges in its "
                    "ipv4Range, as another size replaces the subnets of machines",
                )


def in_further_range(network: NetworkSection) -> Iterator[Fault]:
    """A range of a tier is one of the VPC's further ranges, and large enough for a subnet in each slot and zone."""
    further = network.further_ipv4_ranges or []
    widest = SMALLEST_SUBNET - OWN_RANGE_BITS
    for name, tier in sorted((network.tiers or {}).items()):
        path = f"tiers.{name}.ipv4Range"
        with suppress(Unsound):
            if tier.ipv4_range is None:
                continue
            if tier.ipv4_range not in further:
                listed = ", ".join(map(str, further)) or "none"
                yield Fault(
                    path,
                    f"{tier.ipv4_range} is no range of furtherIpv4Ranges ({listed}); add it there, or name one of these",
                )
            if tier.ipv4_range.prefixlen > widest:
                yield Fault(
                    path,
                    f"{tier.ipv4_range} is cut into 64 subnets, and AWS has none below a /{SMALLEST_SUBNET}; "
                    f"choose a /{widest} or larger",
                )


def in_ipv6(network: NetworkSection) -> Iterator[Fault]:
    """The IPv6 blocks of tiers are behind the first sixteen, which are all that a /60 has."""
    if not network.tiers:
        return
    length = network.ipv6.range.prefixlen if network.ipv6.range else network.ipv6.netmask_length
    if length and 2 ** (64 - length) <= TIER_INDEX:
        yield Fault(
            "tiers",
            f"a /{length} has {TIER_INDEX} IPv6 blocks, all of them for public and private subnets; choose a /56 or larger in ipv6",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NetworkSection: (names, slots, in_first_range, in_further_range, in_ipv6),
}
"""The rules for each kind of section."""
