"""A cluster comes up whole whatever happens on the way."""

import re
from collections import Counter

import pytest

from tests.live.cluster import Cluster

FLANNEL = Counter(["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet"])
CLOUD_CONTROLLER = FLANNEL + Counter(["RoleBinding"])
METRICS_SERVER = Counter(
    [
        *(
            "ServiceAccount",
            "ClusterRole",
            "ClusterRole",
            "ClusterRoleBinding",
            "ClusterRoleBinding",
        ),
        *("RoleBinding", "Service", "Deployment", "APIService"),
    ]
)
READER = Counter(["ClusterRole", "ClusterRoleBinding", "ClusterRoleBinding"])
CLEAN_UP = Counter(["ConfigMap"])
INSTALLED = {
    "ipv4first": FLANNEL + CLOUD_CONTROLLER + CLEAN_UP,
    "ipv6first": FLANNEL + CLOUD_CONTROLLER + METRICS_SERVER + READER + CLEAN_UP,
}
"""How many objects of each kind."""

VANISHED = re.compile(r"mkdir /sys/fs/cgroup/\S+ no such file or directory")
TO_CREATE = re.compile(r"kubernetes:\S+:(\w+) +│ created +│ (\d+)")


def test_a_preview_shows_what_is_installed_into_a_cluster_that_is_not_there(cluster):
    shown = TO_CREATE.findall(cluster.beginning["previewed"])

    assert {kind: int(count) for kind, count in shown} == INSTALLED[cluster.name]
    assert not cluster.beginning["made by preview"]


def test_no_cgroup_vanishes_while_a_pod_is_made_in_it(cluster):
    for node in cluster.nodes():
        machine = cluster.machine(node["metadata"]["name"].split(".")[0])
        journal = machine.run("journalctl", "--unit=kubelet", "--output=cat")

        assert "Started kubelet" in journal
        assert VANISHED.findall(journal) == []


@pytest.mark.stacks("ipv4first")
def test_up_that_was_killed_while_machines_booted_goes_on_with_the_same_machines(cluster):
    assert sorted(cluster.beginning["booting"]) == nodes_of(cluster)
    assert "the last run of ipv4first was cut off; taking over from it" in cluster.beginning["said"]


@pytest.mark.stacks("ipv4first")
def test_a_leader_that_lost_its_power_during_init_ends_it_and_keeps_what_was_written(cluster):
    kept = cluster.get("configmap", "written-during-init")["metadata"]["uid"]

    assert kept == cluster.beginning["uid"]
    assert set(cluster.parameters("leader").values()) == {cluster.beginning["leader"]}


@pytest.mark.stacks("ipv6first")
def test_of_control_planes_that_start_at_once_one_makes_the_cluster_and_the_others_join(cluster):
    [maker] = cluster.beginning["made"]
    control_planes = sorted(instance_of(node) for node in cluster.nodes("control plane"))

    assert maker in cluster.beginning["waiting"]
    assert set(cluster.beginning["waiting"]) < set(control_planes)
    assert cluster.etcd_members() == control_planes


@pytest.mark.stacks("ipv6first")
def test_a_leader_that_is_terminated_during_init_is_taken_over_from_once(cluster):
    [maker] = cluster.beginning["made"]
    markers = {name[16:]: holder for name, holder in cluster.parameters("leader").items()}

    assert markers == {"": cluster.beginning["leader"], "-2": maker, "-done": maker}
    assert cluster.beginning["leader"] not in nodes_of(cluster)


def nodes_of(cluster: Cluster) -> list[str]:
    return sorted(instance_of(node) for node in cluster.nodes())


def instance_of(node: dict) -> str:
    return node["metadata"]["name"]
