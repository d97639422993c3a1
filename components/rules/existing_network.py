"""Rules for a VPC that exists already: one network for a cluster, ranges inside each other, and subnets for its API."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv6Network
from itertools import combinations

from ..config.check import Fault, Rule, Unsound
from ..config.forms import comes_later
from ..config.section import Section
from ..facts.choices import Scheme
from ..spec.cluster import Spec
from ..spec.existing_network import ExistingNetworkSection, ExistingSubnetSection
from ..spec.ranges import IpRange, contains, overlaps
from .transit import named_once


def one_network(spec: Spec) -> Iterator[Fault]:
    """A cluster has one network: one that is made for it, or one that exists."""
    if spec.network is None and spec.existing_network is None:
        yield Fault(
            "network",
            "missing: describe the network: at least its zones; or describe one that exists in existingNetwork",
        )
    if spec.network is not None and spec.existing_network is not None:
        yield Fault(
            "existingNetwork",
            "it is there beside network, which makes a VPC of its own, and a cluster is in one; leave one of the two out",
        )


def vpc_ranges(network: ExistingNetworkSection) -> Iterator[Fault]:
    """The ranges of a VPC do not overlap."""
    for (one_at, one), (other_at, other) in combinations(enumerate(network.ipv4_ranges), 2):
        if overlaps(one, other):
            yield Fault(
                f"ipv4Ranges[{other_at}]",
                f"{other} overlaps {one}, which is ipv4Ranges[{one_at}]; write the ranges as the VPC has them",
            )


def subnets_in_vpc(network: ExistingNetworkSection) -> Iterator[Fault]:
    """A subnet's ranges lie in those of its VPC, in both families."""
    for path, subnet in _subnets(network):
        with suppress(Unsound):
            if not any(contains(outer, subnet.ipv4_range) for outer in network.ipv4_ranges):
                listed = ", ".join(map(str, network.ipv4_ranges))
                yield Fault(
                    f"{path}.ipv4Range",
                    f"{subnet.ipv4_range} lies in no range of the VPC ({listed}); write the subnet's own, or add the VPC's range",
                )
        with suppress(Unsound):
            inner, outer = _known(subnet.ipv6_range), _known(network.ipv6_range)
            if inner and outer and not contains(outer, inner):
                yield Fault(
                    f"{path}.ipv6Range",
                    f"{inner} lies outside {outer}, which is ipv6Range; write the subnet's own",
                )


def subnets_apart(network: ExistingNetworkSection) -> Iterator[Fault]:
    """No two subnets are the same one or share addresses."""
    for (one_path, one), (path, other) in combinations(_subnets(network), 2):
        with suppress(Unsound):
            if one.id == other.id and not comes_later(one.id):
                yield Fault(
                    f"{path}.id",
                    f"{other.id} is {one_path} too; a subnet has one zone and one tier",
                )
                continue
        for key, mine, theirs in _ranges(one, other):
            if overlaps(mine, theirs):
                yield Fault(
                    f"{path}.{key}",
                    f"{theirs} overlaps {mine}, the range of {one_path}; write the subnet's own",
                )


def api_subnets(spec: Spec) -> Iterator[Fault]:
    """An internet-facing API needs a public subnet in each zone of machines: a load balancer reaches no other zone."""
    network = spec.existing_network
    if network is None:
        return
    public = spec.api.scheme is Scheme.INTERNET_FACING
    for zone in network.zones if public else ():
        if zone not in network.public_subnets:
            yield Fault(
                "existingNetwork.publicSubnets",
                f"{zone} has none, and the load balancer of an internet-facing API reaches machines in its own zones only; name "
                "one, or write internal in api.scheme",
            )
    if public and network.ipv4_egress and network.nat_addresses is None:
        yield Fault(
            "existingNetwork.natAddresses",
            f"missing: machines reach an internet-facing API over IPv4 from these addresses; name them, like "
            f"{{{network.zones[0]}: 198.51.100.7}}, or write {{}} if api.allowedCidrs holds them",
        )


def nat_addresses(network: ExistingNetworkSection) -> Iterator[Fault]:
    """Without a way out over IPv4 there is no address outside. Each address is named once, because AWS refuses a rule twice."""
    given = network.nat_addresses or {}
    if given and not network.ipv4_egress:
        yield Fault(
            "natAddresses",
            "it has no effect, because ipv4Egress is false; leave one of the two out",
        )
    yield from named_once(given)


def _subnets(network: ExistingNetworkSection) -> list[tuple[str, ExistingSubnetSection]]:
    """The subnets with their paths, of the tiers that are sound."""
    found: list[tuple[str, ExistingSubnetSection]] = []
    for tier, name in (("privateSubnets", "private_subnets"), ("publicSubnets", "public_subnets")):
        with suppress(Unsound):
            by_zone: Mapping[str, ExistingSubnetSection] = getattr(network, name)
            found += [(f"{tier}.{zone}", by_zone[zone]) for zone in sorted(by_zone)]
    return found


def _ranges(
    one: ExistingSubnetSection, other: ExistingSubnetSection
) -> Iterator[tuple[str, IpRange, IpRange]]:
    """The ranges of two subnets that can be compared, by their key."""
    with suppress(Unsound):
        yield "ipv4Range", one.ipv4_range, other.ipv4_range
    with suppress(Unsound):
        mine, theirs = _known(one.ipv6_range), _known(other.ipv6_range)
        if mine and theirs:
            yield "ipv6Range", mine, theirs


def _known(value: IPv6Network) -> IPv6Network | None:
    return None if comes_later(value) else value


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    Spec: (one_network, api_subnets),
    ExistingNetworkSection: (vpc_ranges, subnets_in_vpc, subnets_apart, nat_addresses),
}
"""The rules for each kind of section."""
