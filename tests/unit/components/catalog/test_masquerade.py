"""Who masquerades what leaves the cluster."""

import json

import pytest

from components.catalog import installed, needed
from tests.support.clusters import spec

AGENT = "ip-masq-agent"


def objects(minor="1.23", cni="kubenet", **args):
    content = installed(spec(minor, cni, **args))[AGENT]
    return {item["kind"]: item for item in content.objects()}


@pytest.mark.parametrize(
    ("minor", "cni", "switch", "there"),
    [
        ("1.16", "kubenet", {}, True),
        ("1.23", "kubenet", {}, True),
        ("1.23", "kubenet", {"ipMasqAgent": False}, False),
        ("1.37", "none", {}, False),
        ("1.37", "none", {"ipMasqAgent": True}, True),
        ("1.37", "flannel", {}, False),
        ("1.36", "cilium", {"ipMasqAgent": False}, False),
    ],
)
def test_the_agent_is_there_where_the_network_leaves_ipv6_to_others(minor, cni, switch, there):
    addons = installed(spec(minor, cni, provider="none", pods={}, addons=switch))

    assert (AGENT in addons) is there


def test_who_installs_the_agent_another_way_can_read_it():
    off = spec("1.23", "kubenet", addons={"ipMasqAgent": False})

    assert AGENT in needed(off)


@pytest.mark.parametrize(
    ("cni", "families", "ranges"),
    [
        (
            "kubenet",
            ("IPv4", "IPv6"),
            ["10.240.0.0/16", "fd00:10:244::/56", "10.96.0.0/16", "fd00:10:96::/112"],
        ),
        (
            "none",
            ("IPv6", "IPv4"),
            ["fd00:10:244::/56", "10.240.0.0/16", "fd00:10:96::/112", "10.96.0.0/16"],
        ),
    ],
)
def test_pods_and_services_of_both_families_are_reached_by_ones_own_address(cni, families, ranges):
    services = {"ipv6Range": "fd00:10:96::/112"}
    addons = {"ipMasqAgent": True}

    made = objects(cni=cni, families=families, services=services, addons=addons)

    assert made["ConfigMap"]["metadata"] == {"name": AGENT, "namespace": "kube-system"}
    assert json.loads(made["ConfigMap"]["data"]["config"]) == {
        "nonMasqueradeCIDRs": ranges,
        "masqLinkLocal": True,
    }


def test_the_agent_writes_the_rules_of_both_families_on_every_node():
    pod = objects()["DaemonSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert container["image"] == "registry.k8s.io/networking/ip-masq-agent:v2.12.6"
    assert "--enable-ipv6=true" in container["args"]
    assert (pod["hostNetwork"], pod["tolerations"]) == (True, [{"operator": "Exists"}])
    assert container["volumeMounts"][0]["mountPath"] == "/etc/config"
    assert pod["volumes"][0]["configMap"]["items"] == [{"key": "config", "path": AGENT}]
