"""What a minor refuses, on both sides of each border: the last minor that takes it, and the first that does not."""

from typing import Any

import pytest

from components.config.check import SpecError, check
from components.rules import addresses, cluster, gates, kubeadm, patches
from components.spec.cluster import Spec, WorkerPoolSpec
from tests.support.minors import NUMBERS

TABLES = (
    cluster.SECTION_RULES,
    kubeadm.SECTION_RULES,
    gates.SECTION_RULES,
    patches.SECTION_RULES,
    addresses.SIZE_RULES,
)
IPV6_FIRST = ["IPv6", "IPv4"]


def faults(model: type, given: dict[str, Any]) -> list[str]:
    """What the rules that depend on the minor have to say of a configuration."""
    rules = [
        rule
        for table in TABLES
        for section, found in table.items()
        if issubclass(model, section)
        for rule in found
    ]
    try:
        check(model, given, rules)
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


def cluster(version: str, **sections: Any) -> list[str]:
    """The faults of a small cluster in one version, with some sections of its own."""
    described = {"name": "demo", "kubernetesVersion": version} | sections.pop("cluster", {})
    return faults(
        Spec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": described,
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["203.0.113.0/24", "2001:db8::/48"]},
            **sections,
        },
    )


@pytest.mark.parametrize("version", ["1.16", "1.16.15", "1.23.0", "1.30.10", "1.37", "1.37.2"])
def test_every_minor_we_know_is_taken(version):
    assert cluster(version) == []


@pytest.mark.parametrize("minor", NUMBERS)
def test_the_default_ranges_fit_every_minor_in_both_orders(minor):
    alone = {"cloudProvider": "none"}

    assert cluster(f"1.{minor}", cluster=alone) == []
    assert cluster(f"1.{minor}", cluster=alone | {"ipFamilies": IPV6_FIRST}) == []


def test_a_minor_before_dual_stack_is_refused_once():
    assert cluster("1.15", kubeadm={"proxyMode": "nftables"}) == [
        "cluster.kubernetesVersion: 1.15 has no dual-stack, which begins with 1.16; choose a version from 1.16 to 1.37"
    ]


def test_a_minor_we_do_not_know_is_refused_once():
    assert cluster("1.38.1", cluster={"cni": "kubenet"}) == [
        "cluster.kubernetesVersion: 1.38.1 is newer than what this program knows; choose a version from 1.16 to 1.37"
    ]


def test_a_version_that_is_no_version_hides_no_other_rule_and_adds_none():
    assert cluster("newest", cluster={"cni": "kubenet"}) == [
        'cluster.kubernetesVersion: \'newest\' is not a Kubernetes version; write a minor like "1.37" or a patch like "1.37.2"'
    ]


def test_kubenet_ends_with_1_23():
    assert cluster("1.23", cluster={"cni": "kubenet"}) == []
    assert cluster("1.24", cluster={"cni": "kubenet"}) == [
        "cluster.cni: kubenet ended with 1.23, and this is 1.24; choose flannel, which is for every minor"
    ]


def test_kubenet_is_ipv4_first():
    described = {"cni": "kubenet", "ipFamilies": IPV6_FIRST}

    assert cluster("1.23", cluster=described) == [
        "cluster.ipFamilies: kubenet of 1.23 names a pod's IPv4 address first; write [IPv4, IPv6], or choose flannel, which is for every minor"
    ]


def test_the_cloud_controller_names_ipv6_addresses_from_1_22():
    assert cluster("1.22", cluster={"ipFamilies": IPV6_FIRST}) == []
    assert cluster("1.21", cluster={"ipFamilies": IPV6_FIRST}) == [
        "cluster.cloudProvider: AWS's cloud controller names nodes' IPv6 addresses from 1.22 on, and in 1.21 IPv6-first nodes "
        "would have none; write none, or [IPv4, IPv6] in ipFamilies"
    ]
    assert cluster("1.21", cluster={"ipFamilies": IPV6_FIRST, "cloudProvider": "none"}) == []
    assert cluster("1.21") == []


@pytest.mark.parametrize(
    ("mode", "taken", "refused", "reason"),
    [
        (
            "iptables",
            "1.18",
            "1.17",
            "kube-proxy does both families by iptables from 1.18 on, and this is 1.17; choose ipvs",
        ),
        (
            "nftables",
            "1.31",
            "1.30",
            "kube-proxy does both families by nftables from 1.31 on, and this is 1.30; choose iptables or ipvs",
        ),
        (
            "ipvs",
            "1.36",
            "1.37",
            "ipvs is deprecated since 1.35, and kubeadm warns of it from 1.37, and this is 1.37; choose iptables or nftables",
        ),
    ],
)
def test_a_proxy_mode_has_its_time(mode, taken, refused, reason):
    assert cluster(taken, kubeadm={"proxyMode": mode}) == []
    assert cluster(refused, kubeadm={"proxyMode": mode}) == [
        f"kubeadm.proxyMode: {reason}, or leave it out"
    ]


WITHOUT_CLOUD = {"cloudProvider": "none"}


@pytest.mark.parametrize(
    ("version", "pods", "expected"),
    [
        # 2^16 shares of a node, in IPv6 counted by the controller manager from the start
        ("1.17", {"ipv6Range": "fd12:3456:7800::/48"}, []),
        (
            "1.17",
            {"ipv6Range": "fd12:3456:7800::/47"},
            [
                "pods.ipv6Range: fd12:3456:7800::/47 holds more than 65536 shares of a /64, which the controller manager of 1.17 "
                "refuses; choose a /48 to a /64, or another pods.nodeMaskIpv6"
            ],
        ),
        ("1.20", {"ipv6Range": "fd12:3456:7800::/48"}, []),
        (
            "1.37",
            {"ipv6Range": "fd12:3456:7800::/47"},
            [
                "pods.ipv6Range: fd12:3456:7800::/47 holds more than 65536 shares of a /64, which kubeadm of 1.37 "
                "refuses; choose a /48 to a /64, or another pods.nodeMaskIpv6"
            ],
        ),
        ("1.37", {"ipv6Range": "fd12:3456:7800::/47", "nodeMaskIpv6": 63}, []),
        # in IPv4 by kubeadm, since 1.20
        ("1.19", {"ipv4Range": "16.0.0.0/7"}, []),
        ("1.20", {"ipv4Range": "16.0.0.0/8"}, []),
        (
            "1.20",
            {"ipv4Range": "16.0.0.0/7"},
            [
                "pods.ipv4Range: 16.0.0.0/7 holds more than 65536 shares of a /24, which kubeadm of 1.20 refuses; "
                "choose a /8 to a /24, or another pods.nodeMaskIpv4"
            ],
        ),
        # one share at least
        (
            "1.17",
            {"ipv6Range": "fd12:3456:7800::/65"},
            [
                "pods.ipv6Range: fd12:3456:7800::/65 is smaller than one node's share, a /64, in 1.17; "
                "choose a /48 to a /64, or another pods.nodeMaskIpv6"
            ],
        ),
        ("1.37", {"ipv6Range": "fd12:3456:7800::/80", "nodeMaskIpv6": 96}, []),
        (
            "1.37",
            {"ipv4Range": "10.244.0.0/25"},
            [
                "pods.ipv4Range: 10.244.0.0/25 is smaller than one node's share, a /24, in 1.37; "
                "choose a /8 to a /24, or another pods.nodeMaskIpv4"
            ],
        ),
        # 1.16 has a /24 for every node in both families
        ("1.16", {"ipv6Range": "2600::/8"}, []),
        ("1.16", {"ipv6Range": "fd12::/22"}, []),
        (
            "1.16",
            {"ipv6Range": "fd12:3400::/25"},
            [
                "pods.ipv6Range: fd12:3400::/25 is smaller than one node's share, a /24, in 1.16; "
                "it has one mask for both families, so choose a /8 to a /24, or leave the range out"
            ],
        ),
        (
            "1.16",
            {"ipv6Range": "2600::/7"},
            [
                "pods.ipv6Range: 2600::/7 holds more than 65536 shares of a /24, which the controller manager of 1.16 refuses; "
                "it has one mask for both families, so choose a /8 to a /24, or leave the range out"
            ],
        ),
        ("1.16", {"nodeMaskIpv4": 25, "nodeMaskIpv6": 25}, []),
        ("1.16", {"nodeMaskIpv4": 25}, []),
        (
            "1.16",
            {"nodeMaskIpv6": 32},
            [
                "pods.nodeMaskIpv6: 32 differs from nodeMaskIpv4, and 1.16 has one mask for both families; write 24, or leave it out"
            ],
        ),
        (
            "1.16",
            {"nodeMaskIpv6": 64},
            [
                "pods.nodeMaskIpv6: 64 differs from nodeMaskIpv4, and 1.16 has one mask for both families; write 24, or leave it out"
            ],
        ),
        (
            "1.16",
            {"nodeMaskIpv6": 64, "ipv6Range": "fd12:3456::/56"},
            [
                "pods.ipv6Range: fd12:3456::/56 is smaller than one node's share, a /24, in 1.16; "
                "it has one mask for both families, so choose a /8 to a /24, or leave the range out",
                "pods.nodeMaskIpv6: 64 differs from nodeMaskIpv4, and 1.16 has one mask for both families; write 24, or leave it out",
            ],
        ),
        ("1.17", {"nodeMaskIpv4": 24, "nodeMaskIpv6": 60}, []),
    ],
)
def test_a_pod_range_is_neither_too_wide_nor_too_narrow(version, pods, expected):
    assert cluster(version, cluster=WITHOUT_CLOUD, controlPlane={"count": 1}, pods=pods) == expected


@pytest.mark.parametrize(
    ("version", "pods", "expected"),
    [
        ("1.37", {"nodeMaskIpv4": 16, "nodeMaskIpv6": 72}, []),
        (
            "1.37",
            {"nodeMaskIpv4": 15},
            [
                "pods.nodeMaskIpv4: a /15 for each node is more than the whole 10.244.0.0/16; "
                "write 16 to 32, or choose pods.ipv4Range too"
            ],
        ),
        (
            "1.37",
            {"nodeMaskIpv6": 48},
            [
                "pods.nodeMaskIpv6: a /48 for each node is more than the whole fd44:d480:1d80:100::/56; "
                "write 56 to 72, or choose pods.ipv6Range too"
            ],
        ),
        (
            "1.17",
            {"nodeMaskIpv6": 73},
            [
                "pods.nodeMaskIpv6: fd44:d480:1d80:100::/56 holds more than 65536 shares of a /73, which the controller manager "
                "of 1.17 refuses; write 56 to 72, or choose pods.ipv6Range too"
            ],
        ),
        (
            "1.16",
            {"nodeMaskIpv4": 15},
            [
                "pods.nodeMaskIpv4: a /15 for each node is more than the whole 10.244.0.0/16; "
                "write 16 to 32, or choose pods.ipv4Range too",
                "pods.nodeMaskIpv4: a /15 for each node is more than the whole fd45::/16; "
                "write 16 to 32, or choose pods.ipv6Range too",
            ],
        ),
    ],
)
def test_beside_a_range_that_nobody_wrote_the_mask_is_blamed(version, pods, expected):
    assert cluster(version, cluster=WITHOUT_CLOUD, controlPlane={"count": 1}, pods=pods) == expected


NARROW = {
    "pods": {"ipv4Range": "10.244.0.0/25", "ipv6Range": "fd12:3456::/65"},
    "services": {"ipv4Range": "172.16.0.0/29", "ipv6Range": "fd12::/125"},
}
TOO_SMALL = {
    "pods.ipv4Range: 10.244.0.0/25 is smaller than one node's share, a /24, in 1.37; choose a /8 to a /24, or another pods.nodeMaskIpv4",
    "pods.ipv6Range: fd12:3456::/65 is smaller than one node's share, a /64, in 1.37; choose a /48 to a /64, or another pods.nodeMaskIpv6",
    "services.ipv4Range: 172.16.0.0/29 has 8 addresses, and the DNS of 1.37 needs the tenth; choose a /12 to a /28",
    "services.ipv6Range: fd12::/125 has 8 addresses, and the DNS of 1.37 needs the tenth; choose a /108 to a /124",
}


@pytest.mark.parametrize(
    ("sections", "hidden"),
    [
        ({"cluster": {"name": "Demo"}}, ()),
        ({"cluster": {"ipFamilies": ["IPv4"]}}, ()),
        ({"project": ""}, ()),
        ({"stack": ""}, ()),
        ({"pods": {**NARROW["pods"], "ipv4Range": "ten"}}, ("pods.ipv4Range",)),
        ({"pods": {**NARROW["pods"], "ipv6Range": "ten"}}, ("pods.ipv6Range",)),
        ({"pods": {**NARROW["pods"], "nodeMaskIpv4": "ten"}}, ("pods.ipv4Range",)),
        ({"pods": {**NARROW["pods"], "nodeMaskIpv6": "ten"}}, ("pods.ipv6Range",)),
        ({"services": {**NARROW["services"], "ipv4Range": "ten"}}, ("services.ipv4Range",)),
        ({"services": {**NARROW["services"], "ipv6Range": "ten"}}, ("services.ipv6Range",)),
    ],
    ids=[
        *("name", "families", "project", "stack", "pods of IPv4", "pods of IPv6"),
        *("mask of IPv4", "mask of IPv6", "Services of IPv4", "Services of IPv6"),
    ],
)
def test_a_fault_elsewhere_hides_no_size_of_a_range_that_was_written(sections, hidden):
    found = cluster("1.37", **{**NARROW, **sections})

    assert {fault for fault in TOO_SMALL if not fault.startswith(hidden or "-")} <= set(found)
    assert len(set(found) - TOO_SMALL) == 1


def test_a_pod_range_has_the_addresses_kubeadm_asks_for():
    small = {"ipv4Range": "10.244.0.0/29", "nodeMaskIpv4": 30}
    enough = {"ipv4Range": "10.244.0.0/28", "nodeMaskIpv4": 30}
    one = {"count": 1}

    assert cluster("1.19", controlPlane=one, pods=enough) == []
    assert cluster("1.37", controlPlane=one, pods=enough) == []
    assert cluster("1.19", controlPlane=one, pods=small) == [
        "pods.ipv4Range: 10.244.0.0/29 has 8 addresses, and kubeadm of 1.19 asks for 10; choose a wider one"
    ]
    assert cluster("1.37", controlPlane=one, pods=small) == [
        "pods.ipv4Range: 10.244.0.0/29 has 8 addresses, and kubeadm of 1.37 asks for 14; choose a wider one"
    ]


@pytest.mark.parametrize(
    ("version", "services", "expected"),
    [
        ("1.16", {"ipv4Range": "172.16.0.0/12", "ipv6Range": "fd12::/108"}, []),
        ("1.37", {"ipv4Range": "172.16.0.0/28", "ipv6Range": "fd12::/124"}, []),
        (
            "1.19",
            {"ipv4Range": "172.0.0.0/11"},
            [
                "services.ipv4Range: 172.0.0.0/11 is wider than the 2^20 addresses that the API server of 1.19 takes; choose a /12 to a /28"
            ],
        ),
        (
            "1.20",
            {"ipv4Range": "172.0.0.0/11"},
            [
                "services.ipv4Range: 172.0.0.0/11 is wider than the 2^20 addresses that kubeadm of 1.20 takes; choose a /12 to a /28"
            ],
        ),
        (
            "1.37",
            {"ipv6Range": "fd12::/107"},
            [
                "services.ipv6Range: fd12::/107 is wider than the 2^20 addresses that kubeadm of 1.37 takes; choose a /108 to a /124"
            ],
        ),
        (
            "1.37",
            {"ipv4Range": "172.16.0.0/29", "ipv6Range": "fd12::/125"},
            [
                "services.ipv4Range: 172.16.0.0/29 has 8 addresses, and the DNS of 1.37 needs the tenth; choose a /12 to a /28",
                "services.ipv6Range: fd12::/125 has 8 addresses, and the DNS of 1.37 needs the tenth; choose a /108 to a /124",
            ],
        ),
    ],
)
def test_a_service_range_is_neither_too_wide_nor_too_narrow(version, services, expected):
    assert cluster(version, services=services) == expected


def pools(most: int) -> dict[str, Any]:
    return {"general": {"max": most - 10, "min": 0}, "batch": {"max": 10, "min": 0}}


def test_every_machine_has_room_for_its_pods_in_ipv4():
    narrow = {"ipv4Range": "10.244.0.0/20"}

    assert cluster("1.37", pods=narrow, workers=pools(13)) == []
    assert cluster("1.37", pods=narrow, workers=pools(14)) == [
        "pods.ipv4Range: 10.244.0.0/20 has a /24 for 16 nodes, and there may be 17 (3 control planes and the pools' max) in 1.37; "
        "choose a wider range, a longer pods.nodeMaskIpv4, or lower max"
    ]


def test_every_machine_has_room_for_its_pods_in_ipv6():
    narrow = {"ipv6Range": "fd12:3456::/60"}

    assert cluster("1.37", pods=narrow, workers=pools(13)) == []
    assert cluster("1.37", pods=narrow, workers=pools(14)) == [
        "pods.ipv6Range: fd12:3456::/60 has a /64 for 16 nodes, and there may be 17 (3 control planes and the pools' max) in 1.37; "
        "choose a wider range, a longer pods.nodeMaskIpv6, or lower max"
    ]


def test_the_default_ranges_have_room_for_256_nodes():
    assert cluster("1.37", workers=pools(253)) == []
    assert len(cluster("1.37", workers=pools(254))) == 2


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.16", "IPv6DualStack is written for you in 1.16, wherever it belongs"),
        ("1.20", "IPv6DualStack is written for you in 1.20, wherever it belongs"),
        ("1.21", "IPv6DualStack is on by default in 1.21, and off it would end dual-stack"),
        ("1.23", "IPv6DualStack is on by default in 1.23, and off it would end dual-stack"),
        ("1.24", "IPv6DualStack is unknown in 1.24, and its name alone stops the start"),
    ],
)
@pytest.mark.parametrize("value", [True, False])
def test_kubeadms_gate_of_dual_stack_is_not_given(version, reason, value):
    assert cluster(version, kubeadm={"featureGates": {"IPv6DualStack": value}}) == [
        f"kubeadm.featureGates.IPv6DualStack: {reason}; leave it out"
    ]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.20", "IPv6DualStack is written for you in 1.20, wherever it belongs"),
        ("1.24", "IPv6DualStack is on by default in 1.24, and off it would end dual-stack"),
        ("1.25", "IPv6DualStack is unknown in 1.25, and its name alone stops the start"),
    ],
)
@pytest.mark.parametrize(
    "field", ["apiServerArgs", "controllerManagerArgs", "schedulerArgs", "kubeletArgs"]
)
def test_a_components_gate_of_dual_stack_is_not_given(version, reason, field):
    given = {field: {"feature-gates": "APIResponseCompression=true,IPv6DualStack=false"}}

    assert cluster(version, kubeadm=given) == [
        f"kubeadm.{field}.feature-gates: {reason}; leave it out"
    ]


def test_other_gates_of_a_component_are_its_own_business():
    assert cluster("1.20", kubeadm={"apiServerArgs": {"feature-gates": "EndpointSlice=true"}}) == []


@pytest.mark.parametrize(
    ("gate", "first", "last"),
    [
        ("UnversionedKubeletConfigMap", 23, 25),
        ("EtcdLearnerMode", 27, 32),
        ("UpgradeAddonsBeforeControlPlane", 28, 30),
        ("WaitForAllControlPlaneComponents", 30, 34),
        ("ControlPlaneKubeletLocalMode", 31, 35),
        ("NodeLocalCRISocket", 32, 36),
        ("PublicKeysECDSA", 18, 36),
        ("RootlessControlPlane", 22, 37),
    ],
)
def test_a_kubeadm_gate_has_its_time(gate, first, last):
    given = {"featureGates": {gate: True}}
    knowing = [minor for minor in NUMBERS if not cluster(f"1.{minor}", kubeadm=given)]

    assert knowing == list(range(first, last + 1))


def test_an_unknown_kubeadm_gate_is_answered_with_those_there_are():
    assert cluster("1.36", kubeadm={"featureGates": {"NodeSwap": True}}) == [
        "kubeadm.featureGates.NodeSwap: kubeadm of 1.36 has no such gate (a component's gate goes into its feature-gates argument); "
        "leave it out, or choose among: NodeLocalCRISocket, PublicKeysECDSA, RootlessControlPlane"
    ]
    assert cluster("1.36", kubeadm={"featureGates": {"EtcdLearnerMode": True}}) == [
        "kubeadm.featureGates.EtcdLearnerMode: kubeadm of 1.36 has no such gate (it knew it from 1.27 to 1.32); "
        "leave it out, or choose among: NodeLocalCRISocket, PublicKeysECDSA, RootlessControlPlane"
    ]


def test_the_gate_of_two_node_addresses_beside_a_cloud_stays_on():
    off = {"kubeletArgs": {"feature-gates": "CloudDualStackNodeIPs=false"}}
    on = {"kubeletArgs": {"feature-gates": "CloudDualStackNodeIPs=true"}}

    assert cluster("1.28", kubeadm=off) == []
    assert cluster("1.29", kubeadm=off) == [
        "kubeadm.kubeletArgs.feature-gates: without CloudDualStackNodeIPs the kubelet of 1.29 refuses two addresses; leave it out"
    ]
    assert cluster("1.29", cluster=WITHOUT_CLOUD, kubeadm=off) == []
    assert cluster("1.31", kubeadm=on) == []
    assert cluster("1.32", kubeadm=on) == [
        "kubeadm.kubeletArgs.feature-gates: CloudDualStackNodeIPs ended with 1.31, and this is 1.32; leave it out"
    ]


@pytest.mark.parametrize(
    ("field", "flag", "reason"),
    [
        (
            "apiServerArgs",
            "service-cluster-ip-range",
            "it follows from pods and services; set the ranges there",
        ),
        (
            "controllerManagerArgs",
            "node-cidr-mask-size-ipv6",
            "it follows from the node masks; set pods.nodeMaskIpv4 and pods.nodeMaskIpv6",
        ),
        (
            "controllerManagerArgs",
            "cloud-provider",
            "it follows from cluster.cloudProvider; set it there",
        ),
        (
            "etcdArgs",
            "listen-peer-urls",
            "kubeadm writes it from the machine's own address; leave it out",
        ),
        (
            "kubeletArgs",
            "node-ip",
            "each machine writes its own addresses, in the order of cluster.ipFamilies; leave it out",
        ),
        ("kubeletArgs", "node-labels", "give labels in workers.<name>.labels"),
    ],
)
def test_what_we_write_is_not_written_over(field, flag, reason):
    component = {
        "apiServerArgs": "kube-apiserver",
        "controllerManagerArgs": "kube-controller-manager",
        "etcdArgs": "etcd",
        "kubeletArgs": "the kubelet",
    }[field]

    assert cluster("1.30", kubeadm={field: {flag: "x"}}) == [
        f"kubeadm.{field}.{flag}: x would replace what {component} of 1.30 is given: {reason}"
    ]


@pytest.mark.parametrize(
    ("field", "flag", "component", "end"),
    [
        ("apiServerArgs", "insecure-port", "kube-apiserver", 24),
        ("apiServerArgs", "cloud-config", "kube-apiserver", 33),
        ("controllerManagerArgs", "port", "kube-controller-manager", 24),
        ("controllerManagerArgs", "logtostderr", "kube-controller-manager", 26),
        ("controllerManagerArgs", "pod-eviction-timeout", "kube-controller-manager", 27),
        ("controllerManagerArgs", "concurrent-service-syncs", "kube-controller-manager", 37),
        ("schedulerArgs", "policy-config-file", "kube-scheduler", 23),
        ("etcdArgs", "log-package-levels", "etcd", 22),
        ("etcdArgs", "enable-v2", "etcd", 34),
        ("etcdArgs", "experimental-corrupt-check-time", "etcd", 37),
        ("kubeletArgs", "cni-bin-dir", "the kubelet", 24),
        ("kubeletArgs", "non-masquerade-cidr", "the kubelet", 24),
        ("kubeletArgs", "master-service-namespace", "the kubelet", 27),
        ("kubeletArgs", "iptables-drop-bit", "the kubelet", 31),
        ("kubeletArgs", "runonce", "the kubelet", 32),
        ("kubeletArgs", "register-schedulable", "the kubelet", 34),
        ("kubeletArgs", "pod-infra-container-image", "the kubelet", 35),
        ("kubeletArgs", "containerd", "the kubelet", 37),
    ],
)
def test_an_argument_that_has_ended_is_refused_from_there_on(field, flag, component, end):
    given = {field: {flag: "x"}}

    before = cluster(f"1.{end - 1}", kubeadm=given)
    assert [fault for fault in before if "has no such argument" in fault] == []
    assert cluster(f"1.{end}", kubeadm=given) == [
        f"kubeadm.{field}.{flag}: {component} has no such argument since 1.{end}, and x would stop that of 1.{end}; leave it out"
    ]


def test_patches_are_read_from_1_22():
    given = {"patches": {"kube-apiserver0+merge.yaml": "spec: {}"}}

    assert cluster("1.22", kubeadm=given) == []
    assert cluster("1.21", kubeadm=given) == [
        "kubeadm.patches: kubeadm reads patches from its configuration since 1.22, and this is 1.21; leave them out"
    ]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("etcd.json", 22),
        ("kube-scheduler-quiet+strategic.yaml", 22),
        ("kubeletconfiguration+json.json", 25),
        ("corednsdeployment.yaml", 31),
        ("kubeproxydaemonset.yaml", 37),
    ],
)
def test_a_patch_names_a_target_of_its_time(name, first):
    given = {"patches": {name: "[]" if "json." in name.partition("+")[2] else "{}"}}
    taking = [minor for minor in range(22, 38) if not cluster(f"1.{minor}", kubeadm=given)]

    assert taking == list(range(first, 38))


@pytest.mark.parametrize(
    "name",
    [
        "kube-proxy.yaml",
        "kube-apiserver.yml",
        "kube-apiserver+patch.yaml",
        "../kube-apiserver.yaml",
        "kube-apiserver/x.yaml",
    ],
)
def test_a_patch_that_kubeadm_would_pass_over_is_refused(name):
    assert cluster("1.24", kubeadm={"patches": {name: "{}"}}) == [
        f'kubeadm.patches["{name}"]: kubeadm of 1.24 would pass over this file; name it by its target and type, like '
        "kube-apiserver0+merge.yaml; targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd"
    ]


def test_a_pool_on_its_own_is_held_to_its_minor_too():
    described = {"name": "demo", "kubernetesVersion": "1.24", "cni": "kubenet"}
    given = {"region": "eu-west-1", "cluster": described, "poolName": "general"}

    assert faults(WorkerPoolSpec, given) == [
        "cluster.cni: kubenet ended with 1.23, and this is 1.24; choose flannel, which is for every minor"
    ]
