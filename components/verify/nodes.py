"""Checks of nodes: each is ready, with two addresses and two pod ranges, the primary family's first."""

from collections.abc import Iterator

from ..facts.versions import TWO_FAMILY_SERVICES
from .finding import Finding, fault, good, unasked
from .observed import ObservedCluster, ObservedNode, families_of, listed

READY, ADDRESSES, RANGES = "node is ready", "node addresses", "node pod ranges"


def check_nodes(cluster: ObservedCluster) -> Iterator[Finding]:
    """The findings for every node, by check."""
    if not cluster.nodes:
        yield unasked(READY, "cluster", "there is no node")
    for node in cluster.nodes:
        yield _ready(node)
    for node in cluster.nodes:
        yield _addresses(cluster, node)
    for node in cluster.nodes:
        yield _ranges(cluster, node)


def _ready(node: ObservedNode) -> Finding:
    where = f"node {node.name}"
    if node.ready and not node.initialized:
        return fault(
            READY,
            where,
            "Ready, but no cloud controller has initialised it",
            "no pod of an application is scheduled there until one has; read the log of the cloud controller "
            "in kube-system, which says what it cannot ask of the cloud",
        )
    if node.ready:
        return good(READY, where, "Ready")
    return fault(
        READY,
        where,
        f"not Ready: {node.message}",
        "read the kubelet's log there; without a network plugin no node becomes ready",
    )


def _addresses(cluster: ObservedCluster, node: ObservedNode) -> Finding:
    where, found = f"node {node.name}", listed(node.addresses)
    families = families_of(node.addresses)
    if missing := [family for family in cluster.families if family not in families]:
        if cluster.minor < TWO_FAMILY_SERVICES:
            advice = "a kubelet before 1.20 takes one --node-ip; only a cloud provider can report both families"
        else:
            advice = (
                f"give its kubelet an address of each family, --node-ip={listed(cluster.families).replace(' ', '')}; "
                "with an external cloud provider name both families there (AWS: NodeIPFamilies)"
            )
        return fault(ADDRESSES, where, f"{found}: no {listed(missing)}", advice)
    if families[0] is not cluster.families[0]:
        return fault(
            ADDRESSES,
            where,
            f"{found}: {families[0]} first, and the Services' ranges begin with {cluster.families[0]}",
            f"write --node-ip, or the cloud provider's families, with {cluster.families[0]} first",
        )
    return good(ADDRESSES, where, found)


def _ranges(cluster: ObservedCluster, node: ObservedNode) -> Finding:
    where, found = f"node {node.name}", listed(node.ranges)
    families = families_of(node.ranges)
    if not any(each.ranges for each in cluster.nodes):
        return unasked(RANGES, where, "no node has any: the network plugin shares out its own")
    if missing := [family for family in cluster.families if family not in families]:
        return fault(
            RANGES,
            where,
            f"{found}: no {listed(missing)}",
            "give kube-controller-manager a range of each family (--cluster-cidr) with room for every node's mask, "
            "then make the Node object again: it keeps the ranges it has",
        )
    if families[0] is not cluster.families[0]:
        return fault(
            RANGES,
            where,
            f"{found}: {families[0]} first, and the Services' ranges begin with {cluster.families[0]}",
            f"write --cluster-cidr with {cluster.families[0]} first, then make the Node object again",
        )
    return good(RANGES, where, found)
