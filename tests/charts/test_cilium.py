"""Cilium, as its own chart makes it of our values."""

import pytest

pytestmark = pytest.mark.parametrize("minor", ["1.17", "1.26", "1.27", "1.29", "1.30", "1.36"])
"""The first and the last minor of each release, but that 1.16 is the same chart with wider pod ranges."""

ORDERS = [["IPv4", "IPv6"], ["IPv6", "IPv4"]]

SETTINGS = {
    "enable-ipv4": "true",
    "enable-ipv6": "true",
    "enable-ipv4-masquerade": "true",
    "enable-ipv6-masquerade": "true",
    "enable-bpf-masquerade": "false",
    "ipam": "kubernetes",
    "k8s-require-ipv4-pod-cidr": "true",
    "k8s-require-ipv6-pod-cidr": "true",
}


@pytest.fixture
def cilium(rendered, minor):
    return lambda **args: rendered("cilium", minor, cni="cilium", provider="none", **args)


@pytest.mark.parametrize("families", ORDERS, ids=" ".join)
def test_both_families_have_addresses_of_their_nodes_shares_and_are_masqueraded(cilium, families):
    data = cilium(families=families).one("ConfigMap", "cilium-config")["data"]

    assert {key: data[key] for key in SETTINGS} == SETTINGS


def test_pods_packets_go_by_vxlan_on_the_port_that_the_firewall_knows(cilium, minor):
    data = cilium().one("ConfigMap", "cilium-config")["data"]

    protocol = data["tunnel"] if minor in ("1.17", "1.26") else data["tunnel-protocol"]
    # Without a port it is the one that Linux's own VXLAN had first, 8472.
    assert (protocol, data.get("routing-mode", "tunnel"), data.get("tunnel-port")) == (
        "vxlan",
        "tunnel",
        None,
    )


def test_kube_proxy_stays(cilium):
    data = cilium().one("ConfigMap", "cilium-config")["data"]

    assert data["kube-proxy-replacement"] in ("false", "disabled")


@pytest.mark.parametrize(("control_planes", "replicas"), [(1, 1), (3, 2)])
def test_the_operator_has_a_second_copy_where_there_is_a_second_machine(
    cilium, control_planes, replicas
):
    objects = cilium(controlPlane={"count": control_planes})

    assert objects.one("Deployment", "cilium-operator")["spec"]["replicas"] == replicas


def test_images_come_from_the_users_own_repository_by_their_last_name(cilium):
    objects = cilium(software={"imageRepository": "mirror.example.com/k8s"})

    names = {image.rpartition(":")[0] for image in images(objects)}
    assert names - {"mirror.example.com/k8s/cilium-envoy"} == {
        "mirror.example.com/k8s/cilium",
        "mirror.example.com/k8s/operator-generic",
    }


def test_hubble_is_not_there(cilium):
    assert not [item for item in cilium() if "hubble" in item["metadata"]["name"]]


def images(objects):
    pods = [
        item["spec"]["template"]["spec"] for item in objects if "template" in item.get("spec", {})
    ]
    return {
        container["image"]
        for pod in pods
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    }
