"""The ranges of a cluster that must not overlap: nodes, pods and Services are told apart by their addresses."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.families import Family
from ..facts.versions import Minor
from ..spec.addresses import PodsSection
from ..spec.cluster import ControlPlaneSpec, Spec
from ..spec.ranges import IpRange, contains, overlaps
from .cluster import known_minor


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


NODE_BITS = 16
"""The controller manager keeps a bitmap of nodes: it refuses IPv6 ranges with more than 2^16 shares, kubeadm both families'."""

SERVICE_BITS = 20
"""The API server keeps a bitmap of Services, of at most 2^20. Newer ones could do without, but kubeadm still refuses more."""

LEAST_SERVICES = 10
"""The cluster's DNS has the tenth address."""

LEAST_PODS = {False: 10, True: 14}
"""What kubeadm asks of a pod range, before 1.20 and since."""


def pod_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A pod range holds at least one node's share, and no more shares than can be counted."""
    minor = known_minor(spec)
    for family in Family:
        with suppress(Unsound):
            at_fault = _range_at_fault if _chosen(spec, family) else _mask_at_fault
            yield from at_fault(spec, minor, family)


def _range_at_fault(spec: ControlPlaneSpec, minor: Minor, family: Family) -> Iterator[Fault]:
    """What is wrong with a range that somebody chose."""
    path, pods, mask = _path("pods", family), spec.pod_range(family), spec.node_mask(family)
    sizes = f"choose a /{max(mask - NODE_BITS, 1)} to a /{mask}"
    choice = (
        f"{sizes}, or another {_mask_path(minor, family)}"
        if minor.has_family_node_masks
        else f"it has one mask for both families, so {sizes}, or leave the range out"
    )
    least = LEAST_PODS[minor.kubeadm_checks_sizes]
    if pods.prefixlen > mask:
        small = f"is smaller than one node's share, a /{mask}, in {minor.name}"
        yield Fault(path, f"{pods} {small}; {choice}")
    elif _uncountable(spec, minor, family):
        yield Fault(path, f"{_too_many(pods, mask, minor)}; {choice}")
    elif pods.num_addresses < least:
        yield Fault(
            path,
            f"{pods} has {pods.num_addresses} addresses, and kubeadm of {minor.name} asks for {least}; choose a wider one",
        )


def _mask_at_fault(spec: ControlPlaneSpec, minor: Minor, family: Family) -> Iterator[Fault]:
    """What is wrong with a mask beside the default range, which nobody wrote."""
    path, pods, mask = _mask_path(minor, family), spec.pod_range(family), spec.node_mask(family)
    longest = min(pods.prefixlen + NODE_BITS, pods.max_prefixlen)
    choice = f"write {pods.prefixlen} to {longest}, or choose {_path('pods', family)} too"
    if pods.prefixlen > mask:
        yield Fault(path, f"a /{mask} for each node is more than the whole {pods}; {choice}")
    elif _uncountable(spec, minor, family):
        yield Fault(path, f"{_too_many(pods, mask, minor)}; {choice}")


def _uncountable(spec: ControlPlaneSpec, minor: Minor, family: Family) -> bool:
    counted = family is Family.IPV6 or minor.kubeadm_checks_sizes
    return counted and spec.node_mask(family) - spec.pod_range(family).prefixlen > NODE_BITS


def _too_many(pods: IpRange, mask: int, minor: Minor) -> str:
    by = "kubeadm" if minor.kubeadm_checks_sizes else "the controller manager"
    return f"{pods} holds more than 65536 shares of a /{mask}, which {by} of {minor.name} refuses"


def one_node_mask(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """1.16 gives nodes shares of one size."""
    minor = known_minor(spec)
    ipv4, ipv6 = spec.pods.node_mask_ipv4, spec.pods.node_mask_ipv6
    if not minor.has_family_node_masks and ipv6 not in (None, ipv4):
        yield Fault(
            "pods.nodeMaskIpv6",
            f"{ipv6} differs from nodeMaskIpv4, and {minor.name} has one mask for both families; write {ipv4}, or leave it out",
        )


def room_for_nodes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """Every machine at the pools' largest gets a share of both pod ranges."""
    minor = known_minor(spec)
    pools = [pool.max for pool in spec.workers.values()] if isinstance(spec, Spec) else []
    machines = spec.control_plane.count + sum(pools)
    for family in Family:
        with suppress(Unsound):
            pods, mask = spec.pod_range(family), spec.node_mask(family)
            shares = 2 ** (mask - pods.prefixlen) if mask >= pods.prefixlen else machines
            if shares < machines:
                yield Fault(
                    _path("pods", family),
                    f"{pods} has a /{mask} for {shares} nodes, and there may be {machines} "
                    f"({spec.control_plane.count} control planes and the pools' max) in {minor.name}; "
                    f"choose a wider range, a longer {_mask_path(minor, family)}, or lower max",
                )


def service_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A Service range holds the cluster's own Services, and no more than can be counted."""
    minor = known_minor(spec)
    for family in Family:
        with suppress(Unsound):
            yield from _service_size(spec, minor, family)


def _service_size(spec: ControlPlaneSpec, minor: Minor, family: Family) -> Iterator[Fault]:
    path, services = _path("services", family), spec.service_range(family)
    longest = services.max_prefixlen
    choice = f"choose a /{longest - SERVICE_BITS} to a /{longest - 4}"
    if longest - services.prefixlen > SERVICE_BITS:
        by = "kubeadm" if minor.kubeadm_checks_sizes else "the API server"
        yield Fault(
            path,
            f"{services} is wider than the 2^20 addresses that {by} of {minor.name} takes; {choice}",
        )
    if services.num_addresses < LEAST_SERVICES:
        yield Fault(
            path,
            f"{services} has {services.num_addresses} addresses, and the DNS of {minor.name} needs the tenth; {choice}",
        )


def _chosen(spec: ControlPlaneSpec, family: Family) -> bool:
    """Whether a pod range is somebody's choice, not the default."""
    if family is Family.IPV6:
        return spec.pods.ipv6_range is not None
    return spec.pods.ipv4_range != PodsSection.model_fields["ipv4_range"].default


def _path(section: str, family: Family) -> str:
    return f"{section}.{family.lower()}Range"


def _mask_path(minor: Minor, family: Family) -> str:
    """Where a family's mask is written: 1.16 has that of IPv4 alone."""
    written = family if minor.has_family_node_masks else Family.IPV4
    return f"pods.nodeMask{written.capitalize()}"


OVERLAP_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (own_ranges, own_ipv6_ranges),
    Spec: (pods_outside_vpc, services_outside_vpc, ipv6_outside_vpc),
}
"""Rules about ranges that must not overlap, by kind of section."""

SIZE_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (pod_sizes, one_node_mask, room_for_nodes, service_sizes),
}
"""Rules about the sizes that a minor accepts, by kind of section."""
