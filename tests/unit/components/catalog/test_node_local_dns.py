"""NodeLocal DNSCache, as the API is given it."""

import pytest

from components.catalog import installed
from tests.support.clusters import spec


def found(kind, families=("IPv4", "IPv6")):
    services = {"ipv4Range": "10.96.0.0/16", "ipv6Range": "fd00:96::/112"}
    cluster = spec(families=families, services=services, addons={"nodeLocalDns": True})
    objects = installed(cluster)["node-local-dns"].objects()
    (item,) = [item for item in objects if item["kind"] == kind]
    return item


ORDERS = pytest.mark.parametrize(
    ("families", "address", "in_url"),
    [
        (("IPv4", "IPv6"), "10.96.0.10", "10.96.0.10"),
        (("IPv6", "IPv4"), "fd00:96::a", "[fd00:96::a]"),
    ],
)
"""kubeadm gives the DNS Service the tenth address of the primary family's range."""


@ORDERS
def test_it_answers_for_the_dns_service_in_the_primary_family(families, address, in_url):
    pod = found("DaemonSet", families)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    corefile = found("ConfigMap", families)["data"]["Corefile"].splitlines()

    assert container["args"][:2] == ["-localip", address]
    assert f"    bind {address}" in corefile
    assert f"    health {in_url}:8080" in corefile
    assert container["livenessProbe"]["httpGet"] == {
        "host": address,
        "path": "/health",
        "port": 8080,
    }


def test_what_it_does_not_know_it_asks_coredns_by_an_address_that_no_cache_takes():
    upstream = found("Service")
    pod = found("DaemonSet")["spec"]["template"]["spec"]
    corefile = found("ConfigMap")["data"]["Corefile"]

    assert upstream["spec"]["selector"] == {"k8s-app": "kube-dns"}
    assert pod["containers"][0]["args"][-2:] == ["-upstreamsvc", upstream["metadata"]["name"]]
    assert "forward . __PILLAR__CLUSTER__DNS__ {" in corefile


def test_it_runs_on_every_node_with_the_nodes_own_network_and_servers():
    pod = found("DaemonSet")["spec"]["template"]["spec"]

    assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "Default")
    assert pod["tolerations"] == [{"operator": "Exists"}]
