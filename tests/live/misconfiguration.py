"""A cluster that is configured wrongly until a block ends: a node's addresses, its pod ranges, the names of hosts outside."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.cluster import Cluster, eventually, internal_addresses
from tests.support.patience import PATIENCE_SECONDS

KUBE_SYSTEM = "--namespace=kube-system"
FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
FIRST_ADDRESS = r"s/(--node-ip=[^,]+),[^ \"]+/\1/"
CLOUD_CONTROLLER = "aws-cloud-controller-manager"

SYNTHESIZED = """\
ipv4only.arpa:53 {
    dns64
    hosts {
        192.0.0.170 ipv4only.arpa
    }
}
"""
"""Amazon's resolver does this to every name outside with IPv4 alone, where a subnet has EnableDns64."""


@contextmanager
def one_address(cluster: Cluster, node: str) -> Iterator[None]:
    """Tell a node's kubelet its first address alone, which is all that the cloud controller then says of the node."""
    machine = cluster.machine(node)

    def settled(addresses: int) -> None:
        machine.run("systemctl", "restart", "kubelet")
        eventually(lambda: _told(cluster, node) == addresses)
        _look_again(cluster)
        found = eventually(lambda: len(_addresses(cluster, node)) == addresses)
        assert found, f"{node} has {_addresses(cluster, node)}"

    machine.run("sed", "-i.before", "-E", FIRST_ADDRESS, FLAGS)
    try:
        settled(1)
        yield
    finally:
        machine.run("mv", f"{FLAGS}.before", FLAGS)
        settled(2)


def _told(cluster: Cluster, node: str) -> int:
    """How many addresses the kubelet says that it was told."""
    annotations = cluster.get("node", node)["metadata"]["annotations"]
    return len(annotations["alpha.kubernetes.io/provided-node-ip"].split(","))


def _addresses(cluster: Cluster, node: str) -> list[str]:
    return internal_addresses(cluster.get("node", node))


def _look_again(cluster: Cluster) -> None:
    """Start the cloud controller again: it looks at the addresses of nodes when it starts, and then every five minutes."""
    # Without the lease the new one waits for no other to give it up.
    cluster.api.run("delete", "pods", KUBE_SYSTEM, f"--selector=app={CLOUD_CONTROLLER}")
    cluster.api.run("delete", "lease", KUBE_SYSTEM, "cloud-controller-manager")


@contextmanager
def one_pod_range(cluster: Cluster, node: str) -> Iterator[None]:
    """Make a Node object again with the first of its pod ranges alone: the one that is there keeps both."""
    before = cluster.get("node", node)
    for field in ("uid", "resourceVersion", "creationTimestamp"):
        del before["metadata"][field]
    changed = copy.deepcopy(before)
    del changed["spec"]["podCIDRs"][1:]

    def make(wanted: dict[str, Any]) -> None:
        cluster.api.run("delete", "node", node)
        cluster.api.run("create", "--filename=-", text=json.dumps(wanted))

    make(changed)
    try:
        yield
    finally:
        make(before)


@contextmanager
def names_without_hosts(cluster: Cluster) -> Iterator[None]:
    """Give hosts with IPv4 alone IPv6 addresses by DNS64, with nothing that leads to them."""

    def answer(corefile: str) -> None:
        patch = json.dumps({"data": {"Corefile": corefile}})
        cluster.api.run("patch", "configmap/coredns", KUBE_SYSTEM, "--patch", patch)
        cluster.api.run("rollout", "restart", KUBE_SYSTEM, "deployment/coredns")
        cluster.api.run(
            "rollout", "status", KUBE_SYSTEM, "deployment/coredns", seconds=PATIENCE_SECONDS
        )

    before = cluster.get("configmap", "coredns", KUBE_SYSTEM)["data"]["Corefile"]
    answer(SYNTHESIZED + before)
    try:
        yield
    finally:
        answer(before)
