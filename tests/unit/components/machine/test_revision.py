"""What is recorded of a pool's machines: all that replaces them, and nothing else."""

from typing import Any

import pytest

from components.machine.revision import revision, usual
from components.machine.settled import read, written
from components.machine.user_data import worker_text
from components.rules import load
from components.spec.cluster import WorkerPoolSpec

CLUSTER = {"name": "prod", "kubernetesVersion": "1.36.3"}


def spec(**sections: Any) -> WorkerPoolSpec:
    given = {"region": "eu-west-1", "cluster": CLUSTER, "poolName": "general", **sections}
    return load(WorkerPoolSpec, given)


NOTHING_NEW = {
    "tags": {"cluster": CLUSTER | {"tags": {"team": "platform"}}},
    "protection": {"cluster": CLUSTER | {"protect": True}},
    "Session Manager": {"nodes": {"sessionManager": False}},
    "charts": {"software": {"chartRepository": "https://charts.example.com"}},
    "sizes": {"pool": {"min": 2, "max": 9}},
    "zones": {"pool": {"zones": ["eu-west-1a"]}},
    "steps": {"pool": {"rollout": {"minHealthyPercentage": 90, "joinSeconds": 900}}},
    "newest image": {"nodes": {"newestImage": True}},
    "API server's arguments": {"kubeadm": {"apiServerArgs": {"v": "4"}}},
    "a file of control planes": {"kubeadm": {"files": {"/etc/kubernetes/x/y": {"content": "a"}}}},
    "an audit policy": {
        "kubeadm": {
            "auditPolicy": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n"
        }
    },
}


@pytest.mark.parametrize("change", NOTHING_NEW.values(), ids=NOTHING_NEW)
def test_what_reaches_no_machine_is_not_recorded(change):
    changed = spec(**change)

    assert revision(changed) == revision(spec())
    assert worker_text(changed) == worker_text(spec())


REPLACING = {
    "version": (
        {"cluster": CLUSTER | {"kubernetesVersion": "1.36.4"}},
        {"cluster.kubernetesVersion"},
    ),
    "provider": ({"cluster": CLUSTER | {"cloudProvider": "none"}}, {"cluster.cloudProvider"}),
    "kubelet's arguments": ({"kubeadm": {"kubeletArgs": {"v": "4"}}}, {"kubeadm.kubeletArgs"}),
    "a file of all": (
        {"kubeadm": {"files": {"/etc/kubernetes/x/y": {"content": "a", "on": "all"}}}},
        {"kubeadm.files"},
    ),
    "mirror": (
        {"software": {"releaseServer": "https://r.example.com"}},
        {"software.releaseServer"},
    ),
    "proxy": ({"software": {"proxy": "http://proxy.example.com:3128"}}, {"software.proxy"}),
    "command": ({"nodes": {"preKubeadmCommands": ["true"]}}, {"nodes.preKubeadmCommands"}),
    "grace": ({"nodes": {"shutdownGraceSeconds": 90}}, {"nodes.shutdownGraceSeconds"}),
    "labels": ({"pool": {"labels": {"tier": "web"}}}, {"pool.labels"}),
    "taints": (
        {"pool": {"taints": [{"key": "dedicated", "effect": "NoSchedule"}]}},
        {"pool.taints"},
    ),
    "pods": ({"pool": {"kubelet": {"maxPods": 50}}}, {"pool.kubelet.maxPods"}),
    "packages": ({"pool": {"packages": ["nfs-common"]}}, {"pool.packages"}),
}


@pytest.mark.parametrize(("change", "places"), REPLACING.values(), ids=REPLACING)
def test_what_a_machine_is_made_with_is_recorded(change, places):
    changed = spec(**change)

    before, after = revision(spec()), revision(changed)

    assert {place for place in after if after[place] != before.get(place)} == places
    assert worker_text(changed) != worker_text(spec())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"pool": {"instanceTypes": ["m5.large"]}}, "pool.instanceTypes"),
        ({"pool": {"diskGib": 100}}, "pool.diskGib"),
        ({"pool": {"spot": True}}, "pool.spot"),
        ({"pool": {"detailedMonitoring": True}}, "pool.detailedMonitoring"),
        ({"nodes": {"sshKeyName": "operators"}}, "nodes.sshKeyName"),
        ({"nodes": {"securityGroupIds": ["sg-0123456789abcdef0"]}}, "nodes.securityGroupIds"),
        ({"pool": {"rollout": {"drainSeconds": 60}}}, "pool.rollout.drainSeconds"),
    ],
)
def test_what_is_of_the_machine_and_not_of_its_user_data_is_recorded_too(change, place):
    before, after = revision(spec()), revision(spec(**change))

    assert {found for found in after if after[found] != before.get(found)} == {place}


def test_the_software_is_recorded_by_its_versions():
    assert revision(spec())["software"] == {
        "containerd": "2.3.4",
        "runc": "1.4.3",
        "crictl": "1.36.0",
        "cni-plugins": "1.9.1",
    }


def test_no_text_of_a_secret_file_is_recorded():
    secret = {"/etc/kubernetes/x/y": {"content": "hidden", "on": "control-plane", "secret": True}}

    assert "hidden" not in str(revision(spec(kubeadm={"files": secret})))


def test_a_record_is_read_as_it_was_written():
    found = revision(spec(pool={"labels": {"tier": "web"}}), "ami-0123456789abcdef0")

    assert read(written(found)) == found


def test_a_configuration_that_says_nothing_is_the_usual_one():
    assert usual(spec(pool={"labels": {"tier": "web"}, "diskGib": 100})) == revision(spec())
