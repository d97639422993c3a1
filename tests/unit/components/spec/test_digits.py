"""Digits of other scripts look like numbers, and no component, URL or document reads them as such."""

# ruff: noqa: RUF001 (the digits of other scripts are what is tested)

import pytest

from components.config.check import SpecError
from components.rules import load
from components.spec.service import ServiceSpec
from tests.support.faults import described, faults_in


def faults_of(section: str, value: object) -> list[str]:
    return [fault.partition(": ")[0] for fault in faults_in(described(**{section: value}))]


@pytest.mark.parametrize(
    ("section", "value", "at"),
    [
        ("cluster", {"name": "prod", "kubernetesVersion": "1.36.٥"}, "cluster.kubernetesVersion"),
        ("cluster", {"name": "prod", "kubernetesVersion": "1.３6"}, "cluster.kubernetesVersion"),
        ("region", "eu-west-１", "region"),
        ("network", {"zones": ["eu-west-٢a"]}, "network.zones[0]"),
        ("network", {"zones": ["eu-west-1a"], "ipv4Range": "10.0.0.0/१६"}, "network.ipv4Range"),
        ("controlPlane", {"count": "３"}, "controlPlane.count"),
        ("controlPlane", {"diskGib": "٤٠"}, "controlPlane.diskGib"),
        ("controlPlane", {"instanceType": "m６i.large"}, "controlPlane.instanceType"),
        ("workers", {"a": {"instanceTypes": ["m٦i.large"]}}, "workers.a.instanceTypes[0]"),
        ("workers", {"a": {"max": "１0"}}, "workers.a.max"),
        ("pods", {"nodeMaskIpv4": "２4"}, "pods.nodeMaskIpv4"),
        ("pods", {"ipv6Range": "fd00:1٠::/56"}, "pods.ipv6Range"),
        ("software", {"imageRepository": "registry.example.com:５000"}, "software.imageRepository"),
        ("software", {"releaseServer": "http://10.0.0.7:８0"}, "software.releaseServer"),
        ("kubeadm", {"kubeletArgs": {"max-pods": "１10"}}, "kubeadm.kubeletArgs.max-pods"),
        (
            "nodes",
            {"diskKmsKeyArn": "arn:aws:kms:eu-west-1:１23456789012:key/1234abcd"},
            "nodes.diskKmsKeyArn",
        ),
        ("kubeadm", {"certSans": ["10.0.0.٧"]}, "kubeadm.certSans[0]"),
        ("kubeadm", {"certSans": ["fe80::1%٧"]}, "kubeadm.certSans[0]"),
    ],
)
def test_digits_of_another_script_are_refused_where_they_stand(section, value, at):
    assert at in faults_of(section, value)


@pytest.mark.parametrize("port", [{"port": "８0"}, {"port": 80, "targetPort": "٨0"}])
def test_ports_of_services_have_ascii_digits(port):
    given = {"name": "web", "namespace": "default", "selector": {"app": "web"}, "ports": [port]}
    with pytest.raises(SpecError) as refused:
        load(ServiceSpec, {**given, "kubernetesVersion": "1.36"})

    assert [fault.path.split("[")[0] for fault in refused.value.faults] == ["ports"]


def test_ascii_digits_are_read():
    assert faults_of("controlPlane", {"count": "3", "diskGib": "40"}) == []
