"""Rules for the network of parts that are used alone: those of a cluster, for the ranges and zones that the part has."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from ..config.check import Fault, Rule, Unsound
from ..config.forms import known
from ..config.section import Section, is_map
from ..facts.families import Family
from ..facts.regions import region_of
from ..spec.cluster import ControlPlaneSpec, NodeSpec
from ..spec.parts import ApiEndpointSpec, FirewallSpec
from ..spec.ranges import IpRange, overlaps, parse_range, public_ipv4
from .group_rules import rules_of_firewall
from .transit import admitted_once, named_once


def subnets_in_region(args: Mapping[str, Any]) -> Rule:
    """The zones of a part's subnets are zones of the region in which its machines are made."""

    def check(spec: NodeSpec) -> Iterator[Fault]:
        subnets = args.get("subnet_ids")
        if not is_map(subnets):
            return
        for zone in sorted(map(str, cast("Mapping[Any, Any]", subnets))):
            if region_of(zone) != spec.region:
                yield Fault(
                    "subnetIds",
                    f"{zone} is no zone of {spec.region}; name subnets by zones of that region, or change region",
                )

    return check


def outside_vpc(args: Mapping[str, Any]) -> Rule:
    """Pods and Services keep clear of the ranges of the VPC that the part has as an argument."""

    def check(spec: ControlPlaneSpec) -> Iterator[Fault]:
        ranges = args.get("vpc_ranges")
        if ranges is None:
            return
        if not isinstance(ranges, list | tuple):
            yield Fault(
                "vpcRanges", "it is not a list of plain ranges; write one, like [10.0.0.0/16]"
            )
            return
        for index, given in enumerate(cast("list[object]", ranges)):
            try:
                taken = parse_range(given)
            except ValueError as error:
                yield Fault(f"vpcRanges[{index}]", str(error))
                continue
            yield from _within(spec, taken, f"vpcRanges[{index}]")

    return check


def ranges_apart(spec: FirewallSpec) -> Iterator[Fault]:
    """The ranges of a firewall's VPC do not overlap: AWS refuses a rule twice, and a VPC has none twice."""
    named = [("vpcIpv4Range", known(spec.vpc_ipv4_range))]
    for index, further in enumerate(spec.further_vpc_ranges or ()):
        path = f"furtherVpcRanges[{index}]"
        for other_path, other in named:
            if overlaps(further, other):
                yield Fault(
                    path,
                    f"{further} overlaps {other}, which is {other_path}; name each range of the VPC once",
                )
        named.append((path, further))


def sources_of_a_firewall(args: Mapping[str, Any]) -> Rule:
    """What a firewall gets from other resources and is plain: an IPv6 range, and addresses that no other rule admits."""

    def check(spec: FirewallSpec) -> Iterator[Fault]:
        if isinstance(given := args.get("vpc_ipv6_range"), str):
            try:
                parse_range(given, 6)
            except ValueError as error:
                yield Fault("vpcIpv6Range", str(error))
        addresses = args.get("nat_addresses")
        plain = (
            {
                str(name): address
                for name, address in sorted(cast("Mapping[Any, Any]", addresses).items())
                if isinstance(address, str)
            }
            if is_map(addresses)
            else {}
        )
        for name, address in plain.items():
            try:
                public_ipv4(address)
            except ValueError as error:
                yield Fault(f"natAddresses.{name}", str(error))
        yield from named_once(plain)
        yield from admitted_once("natAddresses", plain, spec.allowed_cidrs, "allowedCidrs")
        yield from rules_of_firewall(
            spec, len(cast("Mapping[Any, Any]", addresses)) if is_map(addresses) else 0
        )

    return check


def subnets_once(args: Mapping[str, Any]) -> Rule:
    """The subnets of a load balancer are named once each, as far as they are plain, and there is one at least."""

    def check(_: ApiEndpointSpec) -> Iterator[Fault]:
        subnets = args.get("subnet_ids")
        if not isinstance(subnets, list | tuple):
            return
        given = cast("list[object]", [*subnets])
        if not given:
            yield Fault("subnetIds", "it is empty; name a subnet in each zone of control planes")
        for index, subnet in enumerate(given):
            if isinstance(subnet, str) and subnet in given[:index]:
                yield Fault(
                    f"subnetIds[{index}]",
                    f"{subnet} is there already; name one subnet of each zone",
                )

    return check


def _within(spec: ControlPlaneSpec, taken: IpRange, name: str) -> Iterator[Fault]:
    for section, range_of in (("pods", spec.pod_range), ("services", spec.service_range)):
        for family in Family:
            with suppress(Unsound):
                chosen = range_of(family)
                if overlaps(chosen, taken):
                    yield Fault(
                        f"{section}.{family.lower()}Range",
                        f"{chosen} overlaps {taken}, which is {name}; choose a range outside it",
                    )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {FirewallSpec: (ranges_apart,)}
"""The rules for each kind of section."""
