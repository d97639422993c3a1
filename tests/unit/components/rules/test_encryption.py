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


KMS = """apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms: {apiVersion: v2, name: aws, endpoint: "unix:///run/kms/aws.sock"}
      - identity: {}
"""
SOCKET = """spec:
  containers:
    - name: kube-apiserver
      volumeMounts: [{name: kms, mountPath: /run/kms}]
  volumes: [{name: kms, hostPath: {path: /run/kms, type: DirectoryOrCreate}}]
"""


def test_a_provider_of_kms_comes_by_a_unit_a_file_an_argument_and_a_patch():
    given = described(
        kubeadm={
            "apiServerArgs": {"encryption-provider-config": "/etc/kubernetes/kms.yaml"},
            "files": {"/etc/kubernetes/kms.yaml": {"content": KMS}},
            "patches": {"kube-apiserver0+strategic.yaml": SOCKET},
        },
        controlPlane={
            "files": {"/etc/systemd/system/kms.service": {"content": "[Service]\n"}},
            "preKubeadmCommands": ["systemctl enable --now kms.service"],
        },
    )

    assert faults_in(given) == []
    assert not load(Spec, given).composes_encryption


def test_no_field_writes_a_static_pod():
    pod = {"/etc/kubernetes/manifests/kms.yaml": {"content": "kind: Pod\n"}}

    faults = [
        faults_in(described(**section))
        for section in ({"kubeadm": {"files": pod}}, {"controlPlane": {"files": pod}})
    ]

    assert [len(found) for found in faults] == [1, 1]


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
