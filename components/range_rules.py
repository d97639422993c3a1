"""The ranges of a cluster that must not overlap: nodes, pods and Services are told apart by their addresses."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from .families import Family
from .faults import Fault, Rule, Unsound
from .ranges import IpRange, contains, overlaps
from .sections import Section
from .spec import ControlPlaneSpec, Spec


def own_ranges(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """Pods and Services are told apart by their addresses."""
    yield from _outside(
        "services.ipv4Range", spec.services.ipv4_range, "pods.ipv4Range", spec.pods.ipv4_range
    )


def own_ipv6_ranges(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """In IPv6 too, also where one of the two is the cluster's own choice."""
    pods = ("pods.ipv6Range", spec.pod_range(Family.IPV6))
    services = ("services.ipv6Range", spec.service_range(Family.IPV6))
    chosen = services if spec.services.ipv6_range else pods
    yield from _outside(*chosen, *(pods if chosen is services else services))


def pods_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """A pod's address is no node's."""
    yield from _outside(
        "pods.ipv4Range", spec.pods.ipv4_range, "network.ipv4Range", spec.network.ipv4_range
    )


def services_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """Nor is a Service's."""
    yield from _outside(
        "services.ipv4Range", spec.services.ipv4_range, "network.ipv4Range", spec.network.ipv4_range
    )


def ipv6_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """The same in IPv6, where the VPC's range is known only if it is fixed."""
    fixed = spec.network.ipv6.range
    if fixed is None:
        return
    for path, range_of in (
        ("pods.ipv6Range", spec.pod_range),
        ("services.ipv6Range", spec.service_range),
    ):
        with suppress(Unsound):
            yield from _outside(path, range_of(Family.IPV6), "network.ipv6.range", fixed)


def _outside(path: str, value: IpRange, other_path: str, other: IpRange) -> Iterator[Fault]:
    """A range that touches one which is harder to change."""
    if overlaps(value, other):
        relation = "lies inside" if contains(other, value) else "contains"
        where = "is also" if value == other else f"{relation} {other}, which is"
        yield Fault(path, f"{value} {where} {other_path}; choose a range outside it")


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (own_ranges, own_ipv6_ranges),
    Spec: (pods_outside_vpc, services_outside_vpc, ipv6_outside_vpc),
}
"""Which rules hold for which kind of section."""
