"""The keys that encrypt Secrets: none is taken away from a cluster, and one configuration decides."""

import json

import pytest

from components.rules import load
from components.rules.encryption import lost_keys
from components.spec.cluster import Spec
from tests.support.faults import described, faults_in

OWN = {
    "apiServerArgs": {"encryption-provider-config": "/etc/kubernetes/enc.yaml"},
    "files": {"/etc/kubernetes/enc.yaml": {"content": "kind: EncryptionConfiguration\n"}},
}


def planned(*keys: str) -> dict[str, list[str]]:
    """The files of the plan of control planes with these keys."""
    settings = {"role": "control-plane", "encryption": {"enabled": True, "keys": keys}}
    return {"/etc/dualstack/node.json": ["0644", json.dumps(settings)]}


def faults_of(number: int, files: dict[str, list[str]]) -> list[str]:
    spec = load(Spec, described(encryption={"key": number}))
    return [str(fault) for fault in lost_keys(files, spec)]


def test_a_lower_number_than_the_clusters_is_refused_with_what_to_write():
    assert faults_of(1, planned("dualstack-2", "dualstack-1")) == [
        "encryption.key: 1 is asked for and the cluster has keys up to 2, and Secrets that only they can read; write 2, or the "
        "next number for another key"
    ]


@pytest.mark.parametrize("number", [2, 3])
def test_the_same_number_and_later_ones_are_taken(number):
    assert faults_of(number, planned("dualstack-2", "dualstack-1")) == []


def test_a_plan_from_before_encryption_holds_nothing_back():
    assert faults_of(1, {}) == []
    assert faults_of(1, {"/etc/dualstack/node.json": ["0644", "{}"]}) == []


@pytest.mark.parametrize("section", [{"enabled": False}, {"key": 2}])
def test_a_configuration_of_the_users_own_decides_alone(section):
    assert faults_in(described(kubeadm=OWN, encryption=section)) == [
        "encryption: kubeadm.apiServerArgs.encryption-provider-config names a configuration of your own, which decides; leave one "
        "of the two out"
    ]
    assert faults_in(described(kubeadm=OWN)) == []


@pytest.mark.parametrize("number", [0, 51, "two"])
def test_a_number_that_names_no_key_is_refused(number):
    [fault] = faults_in(described(encryption={"key": number}))

    assert fault.startswith("encryption.key: ")
