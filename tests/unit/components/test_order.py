"""Programs in other languages send maps in any order: it changes no byte of what is made, and no word of an answer."""

import json
from random import Random
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.config.check import SpecError
from components.machine.settled import settings as settled
from components.machine.settled import written
from components.machine.user_data import control_plane_text, worker_text
from components.plugin import Host
from components.rules import load
from components.service_manifest import manifest
from components.spec.cluster import Spec
from components.spec.service import ServiceSpec
from tests.unit.components.config.test_check import FULL

MANY: dict[str, Any] = {
    **FULL,
    "cluster": {
        **FULL["cluster"],
        "kubernetesVersion": "1.36",
        "tags": {"team": "platform", "cost": "7", "Env": "prod"},
    },
    "controlPlane": {
        "count": 3,
        "kubelet": {"evictionHard": {"memory.available": "500Mi", "imagefs.available": "10%"}},
    },
    "workers": {
        "green": {"labels": {"example.com/tier": "blue", "a": "1", "zone": "x", "b": "2"}},
        "blue": {"taints": [{"key": "slow", "effect": "NoExecute"}]},
    },
    "kubeadm": {
        "apiServerArgs": {"v": "2", "profiling": "false", "max-requests-inflight": "500"},
        "kubeletArgs": {"v": "3", "serialize-image-pulls": "false"},
        "featureGates": {"RootlessControlPlane": True, "NodeLocalCRISocket": True},
        "patches": {
            "kube-scheduler0+merge.yaml": "metadata: {labels: {a: b}}\n",
            "etcd+merge.yaml": "metadata: {labels: {a: b}}\n",
        },
        "files": {
            "/etc/kubernetes/b.yaml": {"content": "kind: B\n"},
            "/etc/kubernetes/a.yaml": {"content": "kind: A\n", "on": "all"},
        },
    },
}
"""A configuration in which every kind of map has several keys."""

WRONG: dict[str, Any] = {
    **MANY,
    "cluster": {**FULL["cluster"], "tags": {"team!": "x", "owner": "me!", "aws:x": "y"}},
    "workers": {"9": {}, "green": {"labels": {"-": "x", "a/b/c": "y"}, "min": 7, "max": 3}},
    "kubeadm": {"apiServerArgs": {"bind-addres": "::", "etcd-servers": "x"}},
    "clutser": {},
    "addon": {},
}

SERVICE: dict[str, Any] = {
    "name": "web",
    "kubernetesVersion": "1.36",
    "selector": {"tier": "front", "app": "web"},
    "labels": {"b": "2", "a": "1"},
    "annotations": {"example.com/b": "2", "example.com/a": "1"},
    "ports": [{"port": 80}],
}


def shuffled(value: Any, order: Random) -> Any:
    """The same value with the keys of each map in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(entry, order) for entry in value] if isinstance(value, list) else value


def texts(config: dict[str, Any]) -> list[str]:
    """All that is rendered for the machines of a cluster, and the record of its settings."""
    spec = load(Spec, config)
    pools = [worker_text(spec.pool(name)) for name in sorted(spec.workers)]
    return [control_plane_text(spec.control_plane_part()), *pools, written(settled(spec))]


def answer(config: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as refused:
        load(Spec, config)
    return str(refused.value)


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_machines_get_the_same_bytes_in_any_order(order):
    assert texts(shuffled(MANY, order)) == texts(MANY)


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_faults_are_the_same_words_in_any_order(order):
    assert answer(shuffled(WRONG, order)) == answer(WRONG)


@given(st.randoms(use_true_random=False))
def test_a_service_has_the_same_manifest_in_any_order(order):
    one, other = (
        manifest(load(ServiceSpec, given)) for given in (SERVICE, shuffled(SERVICE, order))
    )

    assert json.dumps(other) == json.dumps(one)


def test_a_list_keeps_its_order():
    zones = ["eu-west-1b", "eu-west-1a"]

    spec = load(Spec, {**FULL, "network": {"zones": zones}})

    assert spec.network.zones == zones


def test_a_map_of_subnets_from_another_language_puts_machines_into_the_same_zones(deploy):
    def pool(*zones: str):
        def program():
            Host().construct(
                "pool",
                "dualstack:index:WorkerPool",
                {
                    "region": "eu-west-1",
                    "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
                    "poolName": "general",
                    "subnetIds": {zone: pulumi.Output.from_input(f"in-{zone}") for zone in zones},
                    "securityGroupId": "sg-1",
                    "instanceProfileName": "profile",
                },
            )

        return deploy(program).one("Group")["vpcZoneIdentifiers"]

    expected = ["in-eu-west-1a", "in-eu-west-1b"]
    assert pool("eu-west-1a", "eu-west-1b") == expected
    assert pool("eu-west-1b", "eu-west-1a") == expected
