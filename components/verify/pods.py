"""Checks of pods: each has two addresses, inside its node's ranges."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from .finding import Finding, fault, good, unasked
from .observed import ObservedCluster, ObservedNode, ObservedPod, families_of, listed

ADDRESSES, INSIDE = "pod addresses", "pod inside its node's ranges"


def check_pods(cluster: ObservedCluster) -> Iterator[Finding]:
    """The findings for every pod on the pod network, by check."""
    nodes = {node.name: node for node in cluster.nodes}
    standing = [pod for pod in cluster.pods if pod.node in nodes]
    for pod in cluster.pods:
        if pod.node not in nodes:
            yield _left_behind(pod)
        else:
            yield _addresses(cluster, pod)
    if not standing:
        yield unasked(ADDRESSES, "every namespace", "no pod runs on the pod network")
        return
    outside = {pod.name: _outside(pod, nodes[pod.node]) for pod in standing}
    # A network plugin with an allocator of its own uses other addresses, which are in a node's ranges only by chance.
    if sum(map(bool, outside.values())) * 2 > len(standing):
        yield unasked(
            INSIDE, "every namespace", "the network plugin does not share out the nodes' ranges"
        )
        return
    for pod in standing:
        yield _inside(pod, nodes[pod.node], outside[pod.name])


def _left_behind(pod: ObservedPod) -> Finding:
    where = f"pod {pod.name}"
    if not pod.node:
        return unasked(ADDRESSES, where, "it runs, and names no node")
    return fault(
        ADDRESSES,
        where,
        f"its node is gone: {pod.node}",
        "it does not run, though the API says so; kube-controller-manager removes it after some minutes, or remove it "
        "with kubectl delete pod --force",
    )


def _addresses(cluster: ObservedCluster, pod: ObservedPod) -> Finding:
    where, found = f"pod {pod.name}", listed(pod.addresses)
    families = families_of(pod.addresses)
    if missing := [family for family in cluster.families if family not in families]:
        return fault(
            ADDRESSES,
            where,
            f"{found}: no {listed(missing)}",
            "give the network plugin a range of each family; then make the pod again: it keeps the addresses it has",
        )
    return good(ADDRESSES, where, found)


def _inside(pod: ObservedPod, node: ObservedNode, outside: list[str]) -> Finding:
    where = f"pod {pod.name}"
    if not pod.addresses or not node.ranges:
        missing = f"node {node.name} has no ranges" if pod.addresses else "it has no address"
        return unasked(INSIDE, where, missing)
    if outside:
        return fault(
            INSIDE,
            where,
            f"{listed(outside)} outside the ranges of node {pod.node}",
            "other nodes do not route it there: make the pod again; if it happens again, the plugin on that node "
            "holds ranges of an older Node object",
        )
    return good(INSIDE, where, f"inside the ranges of node {pod.node}")


def _outside(pod: ObservedPod, node: ObservedNode) -> list[str]:
    ranges = [ip_network(text) for text in node.ranges]
    return [
        text
        for text in pod.addresses
        if ranges and not any(ip_address(text) in each for each in ranges)
    ]
