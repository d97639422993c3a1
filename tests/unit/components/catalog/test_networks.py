"""Networks whose makers publish a chart, as their API is given them."""

import pytest

from components.catalog import Chart, installed
from tests.support.clusters import spec

BY_KUBERNETES = {"kubernetes": "NodeInternalIP"}


def calico(minor="1.37", **args):
    (network,) = installed(spec(minor, "calico", **args))["calico-installation"].objects()
    return network


def pool(cidr, block):
    return {
        "cidr": cidr,
        "blockSize": block,
        "encapsulation": "VXLAN",
        "natOutgoing": "Enabled",
        "nodeSelector": "all()",
    }


IPV4 = pool("10.240.0.0/16", 26)
IPV6 = pool("fd00:10:244::/56", 122)


@pytest.mark.parametrize("minor", ["1.22", "1.37"])
@pytest.mark.parametrize(
    ("families", "pools"), [(("IPv4", "IPv6"), [IPV4, IPV6]), (("IPv6", "IPv4"), [IPV6, IPV4])]
)
def test_calico_has_a_pool_of_each_family_and_masquerades_both(minor, families, pools):
    assert calico(minor, families=families)["spec"] == {
        "calicoNetwork": {
            "bgp": "Disabled",
            "linuxDataplane": "Iptables",
            "ipPools": pools,
            "nodeAddressAutodetectionV4": BY_KUBERNETES,
            "nodeAddressAutodetectionV6": BY_KUBERNETES,
        },
        "flexVolumePath": "None",
        "kubeletVolumePluginPath": "None",
    }


def test_a_machine_takes_no_more_addresses_at_once_than_its_share():
    pods = {"ipv4Range": "10.240.0.0/20", "nodeMaskIpv4": 28, "nodeMaskIpv6": 124}
    network = calico(pods={"ipv6Range": "fd00:10:244::/112", **pods})["spec"]["calicoNetwork"]

    assert [one["blockSize"] for one in network["ipPools"]] == [28, 124]


def test_calico_writes_its_rules_where_kube_proxy_does():
    network = calico("1.36", kubeadm={"proxyMode": "nftables"})["spec"]["calicoNetwork"]

    assert network["linuxDataplane"] == "Nftables"


@pytest.mark.parametrize(
    ("repository", "images"),
    [
        (
            "mirror.example.com:5000/a/b",
            {"registry": "mirror.example.com:5000/", "imagePath": "a/b"},
        ),
        ("mirror.example.com", {"registry": "mirror.example.com/"}),
    ],
)
def test_calicos_images_come_from_the_users_own_repository(repository, images):
    network = calico(software={"imageRepository": repository})["spec"]

    assert {key: network[key] for key in network if key in ("registry", "imagePath")} == images


@pytest.mark.parametrize(
    ("minor", "version"), [("1.22", "v3.24.6"), ("1.31", "v3.30.7"), ("1.37", "v3.33.0")]
)
def test_calicos_operator_is_its_makers_chart_without_a_network_of_its_own(minor, version):
    off = {"enabled": False}

    assert installed(spec(minor, "calico"))["calico"] == Chart(
        name="tigera-operator",
        repository="https://docs.tigera.io/calico/charts",
        version=version,
        namespace="tigera-operator",
        values={"installation": off, "apiServer": off, "goldmane": off, "whisker": off},
    )


@pytest.mark.parametrize("families", [("IPv4", "IPv6"), ("IPv6", "IPv4")])
@pytest.mark.parametrize(("minor", "version"), [("1.16", "1.13.18"), ("1.36", "1.20.0")])
def test_cilium_takes_both_shares_of_a_node_and_masquerades_both(minor, version, families):
    cluster = spec(minor, "cilium", families, provider="none", pods={})

    assert installed(cluster)["cilium"] == Chart(
        name="cilium",
        repository="https://helm.cilium.io",
        version=version,
        namespace="kube-system",
        values={
            "ipam": {"mode": "kubernetes"},
            "k8s": {"requireIPv4PodCIDR": True, "requireIPv6PodCIDR": True},
            "ipv4": {"enabled": True},
            "ipv6": {"enabled": True},
            "routingMode": "tunnel",
            "tunnelProtocol": "vxlan",
            "enableIPv4Masquerade": True,
            "enableIPv6Masquerade": True,
            "bpf": {"masquerade": False},
            "hubble": {"enabled": False},
            "operator": {"replicas": 2},
            "envoy": {},
        },
    )


def test_charts_come_from_the_users_own_repository():
    software = {"chartRepository": "https://charts.example.com"}

    chart = installed(spec("1.36", "cilium", software=software))["cilium"]

    assert chart.repository == "https://charts.example.com"
    assert chart.text().startswith(
        "# helm install cilium cilium --repo https://charts.example.com --version 1.20.0 "
        "--namespace kube-system --create-namespace --values FILE\nipam:\n  mode: kubernetes\n"
    )
