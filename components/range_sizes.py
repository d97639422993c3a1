"""How wide the ranges of pods and Services may be in a minor: what kubeadm and the components refuse, said beforehand."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from .compatibility import known_minor
from .families import Family
from .faults import Fault, Rule, Unsound
from .ranges import IpRange
from .sections import Section
from .spec import ControlPlaneSpec, PodsSection, Spec
from .versions import Minor

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


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (pod_sizes, one_node_mask, room_for_nodes, service_sizes),
}
"""Which rules hold for which kind of section."""
