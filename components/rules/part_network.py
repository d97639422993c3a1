"""Rules for the network of parts that are used alone: those of a cluster, for the ranges and zones that the part has."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from ..config.check import Fault, Rule, Unsound
from ..config.section import is_map
from ..facts.families import Family
from ..facts.regions import region_of
from ..spec.cluster import ControlPlaneSpec, NodeSpec
from ..spec.ranges import IpRange, overlaps, parse_range


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
