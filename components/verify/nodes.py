"""Checks of nodes: each is ready, with two addresses and two pod ranges, the primary family's first."""

from collections.abc import Iterator

from ..facts.versions import TWO_FAMILY_SERVICES
from .finding import Finding, fault, good, unasked
from .observed import ObservedCluster, ObservedNode, families_of, listed, minor_in

READY, VERSION = "node is ready", "kubelet version"
ADDRESSES, RANGES = "node addresses", "node pod ranges"


def check_nodes(cluster: ObservedCluster) -> Iterator[Finding]:
    """The findings for every node, by check."""
    if not cluster.nodes:
        yield unasked(READY, "cluster", "there is no node")
    for node in cluster.nodes:
        yield _ready(node)
    for node in cluster.nodes:
        yield _version(cluster, node)
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


def _version(cluster: ObservedCluster, node: ObservedNode) -> Finding:
    """No kubelet may be newer than an API server: https://kubernetes.io/releases/version-skew-policy/#kubelet"""
    where, minor = f"node {node.name}", minor_in(node.kubelet)
    if minor is None:
        return unasked(VERSION, where, "its kubelet has not said its version")
    if minor > cluster.minor:
        return fault(
            VERSION,
            where,
            f"{node.kubelet}: newer than the API server, which is 1.{cluster.minor}",
            f"bring the API servers to 1.{minor}, or replace the machine by one of 1.{cluster.minor}; Kubernetes supports no kubelet "
            "that is newer than an API server",
        )
    return good(VERSION, where, node.kubelet)


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
