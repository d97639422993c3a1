"""What kubeadm makes of the rendered documents: the flags the components are started with, era by era.

The table is the Kubernetes page on dual-stack, written out for each minor and order. In it `v4` and `v6` are the ranges
or addresses of that family, `FOUR` stands for the gate on kube-apiserver, kube-controller-manager, kube-scheduler and
kube-proxy, and a dash for nothing.
"""

import re
from collections.abc import Callable

import pytest
import yaml

from components.config.check import SpecError
from tests.kubeadm.reading import Written, migrated
from tests.kubeadm.rendered import joining_worker, workers

TABLE = """
minor order services pods  masks        gate gate-of-kubelet gate-of-joining node-ip beside-cloud mode     role      taints
1.16  IPv4  v4,v6    v4,w6 both=24      FOUR flag            flag            v4      -            ipvs     master    master
1.16  IPv6  v6,v4    w6,v4 both=24      FOUR flag            flag            v6      refused      ipvs     master    master
1.17  IPv4  v4,v6    v4,v6 v4=24,v6=64  FOUR flag            flag            v4      -            ipvs     master    master
1.17  IPv6  v6,v4    v6,v4 v4=24,v6=64  FOUR flag            flag            v6      refused      ipvs     master    master
1.18  IPv4  v4,v6    v4,v6 v4=24,v6=64  FOUR flag            flag            v4      -            iptables master    master
1.18  IPv6  v6,v4    v6,v4 v4=24,v6=64  FOUR flag            flag            v6      refused      iptables master    master
1.19  IPv4  v4,v6    v4,v6 v4=24,v6=64  FOUR config          -               v4      -            iptables master    master
1.19  IPv6  v6,v4    v6,v4 v4=24,v6=64  FOUR config          -               v6      refused      iptables master    master
1.20  IPv4  v4,v6    v4,v6 v4=24,v6=64  FOUR config          -               v4,v6   -            iptables both      master
1.20  IPv6  v6,v4    v6,v4 v4=24,v6=64  FOUR config          -               v6,v4   refused      iptables both      master
1.21  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables both      master
1.21  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   refused      iptables both      master
1.22  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables both      master
1.22  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables both      master
1.23  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables both      master
1.23  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables both      master
1.24  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables control   both
1.24  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables control   both
1.25  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables control   control
1.25  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables control   control
1.26  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables control   control
1.26  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables control   control
1.27  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables control   control
1.27  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables control   control
1.28  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   -            iptables control   control
1.28  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   ::           iptables control   control
1.29  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.29  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.30  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.30  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.31  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.31  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.32  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.32  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.33  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.33  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.34  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.34  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.35  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.35  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.36  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.36  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
1.37  IPv4  v4,v6    v4,v6 v4=24,v6=64  -    -               -               v4,v6   v4,v6        iptables control   control
1.37  IPv6  v6,v4    v6,v4 v4=24,v6=64  -    -               -               v6,v4   v6,v4        iptables control   control
"""

HEADER, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {(row[0], f"{row[1]} first"): dict(zip(HEADER, row, strict=True)) for row in ROWS}

SERVICES = {"v4,v6": "10.96.0.0/16,fd00:10:96::/112", "v6,v4": "fd00:10:96::/112,10.96.0.0/16"}
PODS = {
    "v4,v6": "10.244.0.0/16,fd00:10:244::/56",
    "v6,v4": "fd00:10:244::/56,10.244.0.0/16",
    "v4,w6": "10.244.0.0/16,fd20::/16",
    "w6,v4": "fd20::/16,10.244.0.0/16",
}
MASKS = {
    "both=24": {"node-cidr-mask-size": ["24"]},
    "v4=24,v6=64": {"node-cidr-mask-size-ipv4": ["24"], "node-cidr-mask-size-ipv6": ["64"]},
}
NODE_IP = {
    "-": None,
    "::": ["::"],
    "v4": ["10.0.0.10"],
    "v6": ["fd00:aa::10"],
    "v4,v6": ["10.0.0.10,fd00:aa::10"],
    "v6,v4": ["fd00:aa::10,10.0.0.10"],
}
GATE = {"-": None, "FOUR": ["IPv6DualStack=true"]}

MASTER = "node-role.kubernetes.io/master"
CONTROL = "node-role.kubernetes.io/control-plane"
ROLES = {"master": [MASTER], "control": [CONTROL], "both": [MASTER, CONTROL]}

PRIMARY = {
    "IPv4 first": {
        "address": "10.0.0.10",
        "bind": "0.0.0.0",
        "dns": "10.96.0.10",
        "api": "10.96.0.1",
    },
    "IPv6 first": {
        "address": "fd00:aa::10",
        "bind": "::",
        "dns": "fd00:10:96::a",
        "api": "fd00:10:96::1",
    },
}
"""What follows from the order alone, in every minor."""


@pytest.fixture(scope="session")
def written(init) -> Callable[..., Written]:
    """What kubeadm writes for a cluster, by order and cloud provider."""

    def ask(order: str, provider: str = "none") -> Written:
        verdict, found = init(order, provider)
        assert found is not None, verdict.output
        return found

    return ask


@pytest.fixture
def joining_arguments(machine, kubeadm, minor, order) -> Callable[[str], dict[str, str]]:
    """The kubelet's arguments of a joining worker, as kubeadm writes its document back."""

    def ask(provider: str) -> dict[str, str]:
        answer = migrated(machine, kubeadm, joining_worker(workers(minor, order, provider)))
        begin = re.search(r"^apiVersion: ", answer.output, re.MULTILINE)
        assert begin is not None, answer.output
        document = yaml.safe_load(answer.output[begin.start() :])
        given = document["nodeRegistration"]["kubeletExtraArgs"]
        # A list of names and values, or a map, by the version of the API.
        return {each["name"]: each["value"] for each in given} if isinstance(given, list) else given

    return ask


@pytest.fixture
def row(minor: str, order: str) -> dict[str, str]:
    """What the table says."""
    return EXPECTED[minor, order]


def test_both_service_ranges_reach_the_api_server_and_the_controller_manager(written, order, row):
    found = written(order).manifests

    ranges = {
        component: flags["service-cluster-ip-range"]
        for component, flags in found.items()
        if "service-cluster-ip-range" in flags
    }
    assert ranges == {
        "kube-apiserver": [SERVICES[row["services"]]],
        "kube-controller-manager": [SERVICES[row["services"]]],
    }


def test_both_pod_ranges_reach_the_controller_manager_and_kube_proxy(written, order, row):
    found = written(order)

    manager = found.manifests["kube-controller-manager"]
    assert manager["cluster-cidr"] == [PODS[row["pods"]]]
    assert manager["allocate-node-cidrs"] == ["true"]
    assert found.kube_proxy["clusterCIDR"] == PODS[row["pods"]]


def test_each_node_gets_its_share_by_these_masks(written, order, row):
    manager = written(order).manifests["kube-controller-manager"]

    masks = {name: values for name, values in manager.items() if "node-cidr-mask-size" in name}

    assert masks == MASKS[row["masks"]]


def test_the_gate_is_where_it_belongs_and_nowhere_else(written, order, row):
    found = written(order)

    components = {name: flags.get("feature-gates") for name, flags in found.manifests.items()}
    del components["etcd"]  # whose gates are its own
    gate = GATE[row["gate"]]
    assert components == dict.fromkeys(
        ("kube-apiserver", "kube-controller-manager", "kube-scheduler"), gate
    )
    assert found.kube_proxy.get("featureGates") == ({"IPv6DualStack": True} if gate else None)
    assert found.kubelet_flags.get("feature-gates") == (
        ["IPv6DualStack=true"] if row["gate-of-kubelet"] == "flag" else None
    )
    assert found.kubelet.get("featureGates") == (
        {"IPv6DualStack": True} if row["gate-of-kubelet"] == "config" else None
    )


def test_the_cluster_remembers_the_gate_only_while_it_is_needed(written, order, row):
    """What 1.23 ignores would stop the kubeadm of 1.24 at the upgrade."""
    gates = {"-": None, "FOUR": True}

    remembered = written(order).cluster.get("featureGates", {})
    assert remembered.get("IPv6DualStack") == gates[row["gate"]]


def test_no_file_names_the_gate_where_the_table_has_none(written, order, row):
    found = written(order)

    naming = {
        path.name
        for path in found.folder.iterdir()
        if path.is_file() and "DualStack" in path.read_text()
    }

    components = ["kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"]
    kubelet = {"flag": ["kubeadm-flags.env"], "config": ["config.yaml"], "-": []}
    assert naming == {
        *(components if row["gate"] == "FOUR" else []),
        *kubelet[row["gate-of-kubelet"]],
    }


def test_the_kubelet_is_told_its_addresses(written, order, row):
    flags = written(order).kubelet_flags

    assert flags.get("node-ip") == NODE_IP[row["node-ip"]]
    assert "cloud-provider" not in flags


def test_beside_a_cloud_provider_the_kubelet_is_told_what_it_can_take(written, order, row):
    if row["beside-cloud"] == "refused":
        with pytest.raises(SpecError, match=r"cluster\.cloudProvider: "):
            written(order, "external")
        return

    found = written(order, "external")

    assert found.kubelet_flags.get("node-ip") == NODE_IP[row["beside-cloud"]]
    assert found.kubelet_flags["cloud-provider"] == ["external"]
    assert found.manifests["kube-controller-manager"]["cloud-provider"] == ["external"]
    assert "cloud-provider" not in found.manifests["kube-apiserver"]


def test_a_joining_worker_is_told_the_same(joining_arguments, row, provider):
    node_ip = row["node-ip"] if provider == "none" else row["beside-cloud"]
    if node_ip == "refused":
        with pytest.raises(SpecError, match=r"cluster\.cloudProvider: "):
            joining_arguments(provider)
        return

    flags = joining_arguments(provider)

    assert flags.pop("node-labels") == "example.com/purpose=batch"
    assert flags.pop("kube-reserved") == "cpu=70m,memory=1024Mi"
    assert flags == {
        **({"node-ip": NODE_IP[node_ip][0]} if NODE_IP[node_ip] else {}),
        **({"cloud-provider": "external"} if provider == "external" else {}),
        **({"feature-gates": "IPv6DualStack=true"} if row["gate-of-joining"] == "flag" else {}),
    }


def test_kube_proxy_works_in_a_mode_that_does_both_families(written, order, row):
    proxy = written(order).kube_proxy

    assert (proxy["mode"], proxy["bindAddress"]) == (row["mode"], PRIMARY[order]["bind"])


def test_addresses_of_one_kind_are_of_the_primary_family(written, order):
    found, primary = written(order), PRIMARY[order]

    assert found.manifests["kube-apiserver"]["advertise-address"] == [primary["address"]]
    assert found.kubelet["clusterDNS"] == [primary["dns"]]


def test_the_api_servers_certificate_holds_the_nodes_addresses_of_both_families(written, order):
    found = written(order)

    assert set(found.certificate_ips) == {PRIMARY[order]["api"], "10.0.0.10", "fd00:aa::10"}


def test_control_planes_carry_the_labels_and_taints_of_their_time(written, order, row):
    found = written(order)

    roles = [label for label in found.labels if "node-role" in label]
    assert roles == ROLES[row["role"]]
    assert found.taints == [f"{role}:NoSchedule" for role in ROLES[row["taints"]]]


def test_cgroups_are_kept_by_systemd(written, order):
    assert written(order).kubelet["cgroupDriver"] == "systemd"


@pytest.mark.since("1.27")
def test_members_join_etcd_as_learners(machine, kubeadm, init):
    help_text = machine.run(kubeadm, "init", "--help").output
    default = re.search(r"EtcdLearnerMode=true\|false \(.*default=(true|false)\)", help_text)

    _, written = init("IPv4 first")

    gates = written.cluster.get("featureGates") or {}
    # Without the gate there is no other way to join.
    assert gates.get("EtcdLearnerMode", default is None or default[1] == "true") is True
    assert list(gates) == (["EtcdLearnerMode"] if default and default[1] == "false" else [])
