"""The domain of Services' names: no name that pods need is below it, and machines reach it without a proxy."""

import pytest

from components.rules import load
from components.spec.cluster import Spec
from tests.support.faults import described, faults_in


def of_domain(domain: str, **sections: object) -> dict[str, object]:
    return described(workers={"general": {}}, kubeadm={"dnsDomain": domain}, **sections)


@pytest.mark.parametrize("domain", ["corp.example", "k8s", "cluster.local", "internal.example.com"])
def test_a_domain_of_ones_own_is_accepted(domain):
    assert faults_in(of_domain(domain)) == []


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("internal", "eu-west-1.compute.internal"),
        ("compute.internal", "eu-west-1.compute.internal"),
        ("com", "amazonaws.com"),
        ("amazonaws.com", "amazonaws.com"),
    ],
)
def test_a_domain_above_names_of_aws_is_refused(domain, name):
    assert faults_in(of_domain(domain)) == [
        f"kubeadm.dnsDomain: {name} is below {domain}, and pods could not look it up; choose another domain, "
        "like k8s.example.com"
    ]


def test_a_domain_above_the_name_of_the_api_is_refused():
    api = {
        "allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"],
        "hostedZoneId": "Z0123456789ABC",
        "dnsName": "api.corp.example",
    }

    [fault] = faults_in(of_domain("corp.example", api=api))

    assert "api.corp.example is below corp.example" in fault


@pytest.mark.parametrize("domain", ["Corp.example", "corp.example.", "-a", "a_b", "", "a" * 129])
def test_what_is_no_domain_is_refused(domain):
    assert [fault.split(": ")[0] for fault in faults_in(of_domain(domain))] == ["kubeadm.dnsDomain"]


def test_machines_reach_services_of_the_domain_without_a_proxy():
    spec = load(Spec, of_domain("corp.example"))

    assert ".corp.example" in spec.no_proxy
    assert ".corp.example" in spec.pool("general").no_proxy
    assert spec.no_proxy.count(".corp.example") == 1
    assert ".corp.example" not in load(Spec, of_domain("cluster.local")).no_proxy


def test_the_argument_of_the_kubelet_is_refused_with_the_field_to_use():
    kubeadm = {"kubeletArgs": {"cluster-domain": "corp.example"}}

    assert faults_in(of_domain("x") | {"kubeadm": kubeadm}) == [
        "kubeadm.kubeletArgs.cluster-domain: corp.example would replace what the kubelet of 1.36 is given: the DNS answers "
        "for one domain; set it in kubeadm.dnsDomain"
    ]


@pytest.mark.parametrize(
    "address", ["0.0.0.0:10249", "[::]:10249", "127.0.0.1:10249", "[::]:11249"]
)
def test_kube_proxys_metrics_listen_on_all_addresses_or_on_loopback(address):
    kubeadm = {"proxyMetricsBindAddress": address}

    assert faults_in(of_domain("x") | {"kubeadm": kubeadm}) == []


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "10.0.0.7:10249", ":::10249", "[::]:10256", "[::]:80"]
)
def test_kube_proxys_metrics_listen_nowhere_else(address):
    [fault] = faults_in(of_domain("x") | {"kubeadm": {"proxyMetricsBindAddress": address}})

    assert "write [::]:10249 for both families" in fault
