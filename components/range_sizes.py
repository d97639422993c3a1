"""How wide the ranges of pods and Services may be in a minor: what kubeadm and the components refuse, said beforehand."""

from collections.abc import Iterator, Mapping

from .compatibility import known_minor
from .families import Family
from .faults import Fault, Rule
from .ranges import IpRange
from .sections import Section
from .spec import ControlPlaneSpec, Spec

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
    for family, pods, mask in zip(spec.families, spec.pod_ranges, spec.node_masks, strict=True):
        path = f"pods.{_field(family)}Range"
        widest, counted = mask - NODE_BITS, family is Family.IPV6 or minor.kubeadm_checks_sizes
        sizes = f"choose a /{max(widest, 1)} to a /{mask}"
        choice = (
            f"{sizes}, or another pods.nodeMask{family.capitalize()}"
            if minor.has_family_node_masks
            else f"it has one mask for both families, so {sizes}, or leave the range out"
        )
        if pods.prefixlen > mask:
            yield Fault(
                path,
                f"{pods} is smaller than one node's share, a /{mask}, in {minor.name}; {choice}",
            )
        elif pods.prefixlen < widest and counted:
            by = "kubeadm" if minor.kubeadm_checks_sizes else "the controller manager"
            yield Fault(
                path,
                f"{pods} holds more than 65536 shares of a /{mask}, which {by} of {minor.name} refuses; {choice}",
            )
        elif pods.num_addresses < (least := LEAST_PODS[minor.kubeadm_checks_sizes]):
            yield Fault(
                path,
                f"{pods} has {pods.num_addresses} addresses, and kubeadm of {minor.name} asks for {least}; choose a wider one",
            )


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
    for family, pods, mask in zip(spec.families, spec.pod_ranges, spec.node_masks, strict=True):
        shares = 2 ** (mask - pods.prefixlen) if mask >= pods.prefixlen else None
        if shares is not None and shares < machines:
            yield Fault(
                f"pods.{_field(family)}Range",
                f"{pods} has a /{mask} for {shares} nodes, and there may be {machines} "
                f"({spec.control_plane.count} control planes and the pools' max) in {minor.name}; "
                f"choose a wider range, a longer pods.nodeMask{family.capitalize()}, or lower max",
            )


def service_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A Service range holds the cluster's own Services, and no more than can be counted."""
    minor = known_minor(spec)
    for family, services in zip(spec.families, spec.service_ranges, strict=True):
        path, bits = f"services.{_field(family)}Range", _host_bits(services)
        choice = (
            f"choose a /{services.max_prefixlen - SERVICE_BITS} to a /{services.max_prefixlen - 4}"
        )
        if bits > SERVICE_BITS:
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


def _field(family: Family) -> str:
    return family.lower()


def _host_bits(range_: IpRange) -> int:
    return range_.max_prefixlen - range_.prefixlen


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (pod_sizes, one_node_mask, room_for_nodes, service_sizes),
}
"""Which rules hold for which kind of section."""
