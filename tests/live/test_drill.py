"""A drill: a snapshot of the cluster becomes a copy in a stack of its own, and the cluster does not notice."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from tests.live.cluster import Cluster, eventually
from tests.live.test_restore import (
    AFTER,
    BEFORE,
    bucket_of,
    is_done,
    keep,
    markers,
    restore,
    write,
)

KEYS = "/etc/kubernetes/encryption-at-rest/configuration.yaml"
"""Where a control plane has the keys of its Secrets."""
FIRST_KEYS = "/etc/kubernetes/first-keys.yaml"
"""Where the copy has those of the first cluster."""
PASSWORD = "bm90aGluZyBzZWNyZXQ="
"""What a Secret of the first cluster holds."""


@pytest.fixture
def drill(cluster: Cluster) -> Iterator[Cluster]:
    """A stack for the copy: one control plane, no pool, and the keys of the cluster's Secrets. It runs before it is a copy."""
    made = _stack(cluster)
    try:
        made.begin("live", "--no-verify").succeed()
        yield made
    finally:
        made.begin("down").succeed()


@pytest.mark.stacks("ipv4first")
def test_a_snapshot_becomes_a_copy_in_another_stack_and_the_first_cluster_stays_as_it_is(
    cluster, drill
):
    # A restore before this one may have left it.
    cluster.api.run("delete", "configmap", AFTER, "--ignore-not-found")
    write(cluster, BEFORE)
    cluster.apply(_secret())
    address = f"s3://{bucket_of(cluster)}/{keep(cluster)}"
    write(cluster, AFTER)
    first = {"nodes": _uids(cluster), "asked": markers(cluster)}
    own = drill.nodes()[0]["metadata"]["name"]

    restore(drill, "--copy-of", address)

    assert eventually(lambda: is_done(drill))
    assert eventually(lambda: BEFORE in _maps(drill))
    assert AFTER not in _maps(drill)
    assert drill.get("secret", "of-the-first")["data"] == {"password": PASSWORD}
    assert eventually(lambda: [node["metadata"]["name"] for node in drill.nodes()] == [own])
    # The network plugin of the snapshot takes the node's ranges for its own.
    assert eventually(lambda: _ready(drill, "app=flannel") == 1)
    assert {"nodes": _uids(cluster), "asked": markers(cluster)} == first
    assert AFTER in _maps(cluster)


def _stack(cluster: Cluster) -> Cluster:
    """The stack of the copy, as the how-to page has an operator write it."""
    control_plane = cluster.machine(cluster.nodes("control plane")[0])
    config = cluster.settings
    config["dualstack:cluster"]["name"] = "drill"
    config["dualstack:workers"] = {}
    # By default they follow from the cluster's name.
    pods, services = (_ipv6_range(cluster, what) for what in ("podSubnet", "serviceSubnet"))
    config["dualstack:pods"] = {"ipv6Range": pods}
    config["dualstack:services"] = {"ipv6Range": services}
    config["dualstack:kubeadm"] = {
        "files": {FIRST_KEYS: {"secret": True, "content": control_plane.run("cat", KEYS)}},
        "apiServerArgs": {"encryption-provider-config": FIRST_KEYS},
    }
    return replace(cluster.configured("drill", config), name="drill")


def _ipv6_range(cluster: Cluster, what: str) -> str:
    """A range of a cluster, as kubeadm keeps it."""
    kept = cluster.get("configmap", "kubeadm-config", "--namespace=kube-system")["data"]
    networking = yaml.safe_load(kept["ClusterConfiguration"])["networking"]
    return next(one for one in networking[what].split(",") if ":" in one)


def _secret() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "of-the-first"},
        "data": {"password": PASSWORD},
    }


def _maps(cluster: Cluster) -> set[str]:
    return {one["metadata"]["name"] for one in cluster.get("configmaps")["items"]}


def _ready(cluster: Cluster, label: str) -> int:
    """The number of pods with a label in kube-system whose containers are all ready."""
    pods = cluster.get("pods", "--namespace=kube-system", f"--selector={label}")["items"]
    return sum(all(one["ready"] for one in pod["status"]["containerStatuses"]) for pod in pods)


def _uids(cluster: Cluster) -> dict[str, str]:
    return {node["metadata"]["name"]: node["metadata"]["uid"] for node in cluster.nodes()}
