"""Rules for address ranges: those of nodes, pods and Services must not overlap, and must have a size that the minor accepts."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.choices import Cni
from ..facts.families import Family
from ..facts.versions import Minor
from ..spec.addresses import PodsSection
from ..spec.cluster import ControlPlaneSpec, Spec
from ..spec.ranges import IpRange, contains, overlaps


def own_ranges(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The IPv4 ranges of pods and Services must not overlap: an address alone tells which of the two it is."""
    yield from _outside(
        "services.ipv4Range", spec.services.ipv4_range, "pods.ipv4Range", spec.pods.ipv4_range
    )


def own_ipv6_ranges(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The IPv6 ranges of pods and Services must not overlap, even if one of the two is the default."""
    pods = ("pods.ipv6Range", spec.pod_range(Family.IPV6))
    services = ("services.ipv6Range", spec.service_range(Family.IPV6))
    chosen = services if spec.services.ipv6_range else pods
    yield from _outside(*chosen, *(pods if chosen is services else services))


def pods_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """The IPv4 range of pods must not overlap the VPC's, from which nodes get their addresses."""
    for path, taken in spec.vpc.ranges.items():
        yield from _outside("pods.ipv4Range", spec.pods.ipv4_range, path, taken)


def services_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """The IPv4 range of Services must not overlap the VPC's."""
    for path, taken in spec.vpc.ranges.items():
        yield from _outside("services.ipv4Range", spec.services.ipv4_range, path, taken)


def ipv6_outside_vpc(spec: Spec) -> Iterator[Fault]:
    """The IPv6 ranges must not overlap the VPC's either. That is known only if the configuration fixes it."""
    of_vpc, fixed = spec.vpc.known_ipv6_range
    if fixed is None:
        return
    for path, range_of in (
        ("pods.ipv6Range", spec.pod_range),
        ("services.ipv6Range", spec.service_range),
    ):
        with suppress(Unsound):
            yield from _outside(path, range_of(Family.IPV6), of_vpc, fixed)


def _outside(path: str, value: IpRange, other_path: str, other: IpRange) -> Iterator[Fault]:
    """A fault of `value` if it overlaps `other`, the range that is harder to change."""
    if overlaps(value, other):
        relation = "lies inside" if contains(other, value) else "contains"
        where = "is also" if value == other else f"{relation} {other}, which is"
        yield Fault(path, f"{value} {where} {other_path}; choose a range outside it")


NODE_BITS = 16
"""The most bits that a node mask may add to a pod range.

The controller manager keeps a bitmap of nodes' shares, so it refuses IPv6 ranges with more than 2^16. kubeadm refuses more in both
families.
"""

SERVICE_BITS = 20
"""The most bits that a Service range may have for addresses.

The API server keeps a bitmap of Services with at most 2^20 entries. Newer API servers need none, but kubeadm still refuses more.
"""

LEAST_SERVICES = 10
"""The fewest addresses in a Service range: kubeadm gives the tenth to the cluster's DNS."""

LEAST_PODS = {False: 10, True: 14}
"""The fewest addresses that kubeadm accepts in a pod range: before 1.20 (False) and from 1.20 on (True)."""


def pod_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A pod range must hold at least one node's share, and at most as many shares as components can count."""
    minor = spec.kubernetes
    for family in Family:
        with suppress(Unsound):
            at_fault = _range_at_fault if _chosen(spec, family) else _mask_at_fault
            yield from at_fault(spec, minor, family)


def _range_at_fault(spec: ControlPlaneSpec, minor: Minor, family: Family) -> Iterator[Fault]:
    """The fault of a pod range that the configuration sets."""
    path, pods, mask = _path("pods", family), spec.pod_range(family), spec.node_mask(family)
    sizes = f"choose a /{max(mask - NODE_BITS, 1)} to a /{mask}"
    choice = (
        f"{sizes}, or another {mask_path(minor, family)}"
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
    """The fault of a node mask beside a default range: its path is the mask's, since the range is not written."""
    path, pods, mask = mask_path(minor, family), spec.pod_range(family), spec.node_mask(family)
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


HOST_LOCAL = (Cni.FLANNEL, Cni.KUBENET)
"""Plugins that have `host-local` give pods their addresses. Others have allocators of their own."""

HOST_LOCAL_BITS = 2
"""The fewest bits that `host-local` allocates from.
https://github.com/containernetworking/plugins/blob/v1.9.0/plugins/ipam/host-local/backend/allocator/range.go"""


def node_shares(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A node's share must have an address for a pod, and one for its gateway."""
    if spec.cluster.cni not in HOST_LOCAL:
        return
    for family in Family:
        with suppress(Unsound):
            pods, mask = spec.pod_range(family), spec.node_mask(family)
            longest = pods.max_prefixlen - HOST_LOCAL_BITS
            if longest < mask:
                yield Fault(
                    mask_path(spec.kubernetes, family),
                    f"a /{mask} for each node is too small for {spec.cluster.cni} to give a pod an address; write at most {longest}",
                )


def one_node_mask(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """1.16 has one node mask for both families, so two different masks are refused."""
    minor = spec.kubernetes
    ipv4, ipv6 = spec.pods.node_mask_ipv4, spec.pods.node_mask_ipv6
    if not minor.has_family_node_masks and ipv6 not in (None, ipv4):
        yield Fault(
            "pods.nodeMaskIpv6",
            f"{ipv6} differs from nodeMaskIpv4, and {minor.name} has one mask for both families; write {ipv4}, or leave it out",
        )


def room_for_nodes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """Both pod ranges must have a share for every machine, with every pool at its max."""
    minor = spec.kubernetes
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
                    f"choose a wider range, a longer {mask_path(minor, family)}, or lower max",
                )


def service_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A Service range must hold the cluster's own Services, and at most as many addresses as components can count."""
    minor = spec.kubernetes
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
    """Whether the configuration sets a pod range other than the default."""
    if family is Family.IPV6:
        return spec.pods.ipv6_range is not None
    return spec.pods.ipv4_range != PodsSection.model_fields["ipv4_range"].default


def _path(section: str, family: Family) -> str:
    return f"{section}.{family.lower()}Range"


def mask_path(minor: Minor, family: Family) -> str:
    """The path of a family's node mask. 1.16 has one mask for both families, at IPv4's path."""
    written = family if minor.has_family_node_masks else Family.IPV4
    return f"pods.nodeMask{written.capitalize()}"


OVERLAP_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (own_ranges, own_ipv6_ranges),
    Spec: (pods_outside_vpc, services_outside_vpc, ipv6_outside_vpc),
}
"""The rules against overlaps, by kind of section."""

SIZE_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (pod_sizes, node_shares, one_node_mask, room_for_nodes, service_sizes),
}
"""The rules for the sizes that a minor accepts, by kind of section."""
