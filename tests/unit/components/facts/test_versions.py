"""What changes between minors: the whole table written out, so that a border moved by accident is seen."""

import re
from pathlib import Path

import pytest

from components.facts.choices import CloudProvider, Cni
from components.facts.versions import MINORS, NEWEST, Minor, NodeIp, minor_of, patch_of
from tests.kubeadm import hops

NODE_IP_WORDS = {
    NodeIp.PAIR: "pair",
    NodeIp.PRIMARY: "primary",
    NodeIp.PRIMARY_UNSPECIFIED: "any",
    NodeIp.NOTHING: "none",
}

# minor, kubeadm API, arguments, gate, join gate, Service, node-ip alone, beside a cloud, ranges, masks
DUAL_STACK = """
1.16  v1beta2  map   written  flag  ipFamily        primary  none  one   one
1.17  v1beta2  map   written  flag  ipFamily        primary  none  list  family
1.18  v1beta2  map   written  flag  ipFamily        primary  any   list  family
1.19  v1beta2  map   written  -     ipFamily        primary  any   list  family
1.20  v1beta2  map   written  -     ipFamilyPolicy  pair     any   list  family
1.21  v1beta2  map   known    -     ipFamilyPolicy  pair     any   list  family
1.22  v1beta3  map   known    -     ipFamilyPolicy  pair     any   list  family
1.23  v1beta3  map   known    -     ipFamilyPolicy  pair     any   list  family
1.24  v1beta3  map   kubeadm  -     ipFamilyPolicy  pair     any   list  family
1.25  v1beta3  map   fatal    -     ipFamilyPolicy  pair     any   list  family
1.26  v1beta3  map   fatal    -     ipFamilyPolicy  pair     any   list  family
1.27  v1beta3  map   fatal    -     ipFamilyPolicy  pair     any   list  family
1.28  v1beta3  map   fatal    -     ipFamilyPolicy  pair     any   list  family
1.29  v1beta3  map   fatal    -     ipFamilyPolicy  pair     pair  list  family
1.30  v1beta3  map   fatal    -     ipFamilyPolicy  pair     pair  list  family
1.31  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.32  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.33  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.34  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.35  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.36  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
1.37  v1beta4  list  fatal    -     ipFamilyPolicy  pair     pair  list  family
"""

# minor, proxy modes, kubenet, docker, label, taint, registry, Ubuntu, containerd, runc, size checks, patches
NODE = """
1.16  ipvs                    yes  18.09.9   m    m    k8s.gcr.io       20.04  1.7.27  1.2.8  no   no
1.17  ipvs                    yes  19.03.15  m    m    k8s.gcr.io       20.04  1.7.27  1.2.8  no   no
1.18  iptables,ipvs           yes  19.03.15  m    m    k8s.gcr.io       20.04  1.7.27  1.2.8  no   no
1.19  iptables,ipvs           yes  19.03.15  m    m    k8s.gcr.io       20.04  1.7.27  1.2.8  no   no
1.20  iptables,ipvs           yes  19.03.15  m,c  m    k8s.gcr.io       20.04  1.7.27  1.2.8  yes  no
1.21  iptables,ipvs           yes  20.10.17  m,c  m    k8s.gcr.io       20.04  1.7.27  1.2.8  yes  no
1.22  iptables,ipvs           yes  20.10.17  m,c  m    registry.k8s.io  20.04  1.7.27  1.2.8  yes  yes
1.23  iptables,ipvs           yes  20.10.17  m,c  m    registry.k8s.io  20.04  1.7.27  1.2.8  yes  yes
1.24  iptables,ipvs           no   -         c    m,c  registry.k8s.io  20.04  1.7.27  1.2.8  yes  yes
1.25  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  1.7.27  1.2.8  yes  yes
1.26  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.27  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.28  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.29  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.30  iptables,ipvs           no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.31  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.32  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.33  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.34  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.35  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.36  iptables,ipvs,nftables  no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
1.37  iptables,nftables       no   -         c    c    registry.k8s.io  24.04  2.3.4   1.4.3  yes  yes
"""

SHORT = {"node-role.kubernetes.io/master": "m", "node-role.kubernetes.io/control-plane": "c"}


def rows(table: str) -> list:
    """The table's rows, each named by its minor."""
    return [pytest.param(line.split(), id=line.split()[0]) for line in table.strip().splitlines()]


def gate_of(minor: Minor) -> str:
    if minor.writes_gate:
        return "written"
    if minor.kubeadm_knows_gate:
        return "known"
    # From here on kubeadm stops at the name; the components do so a minor later.
    return "kubeadm" if minor.components_know_gate else "fatal"


@pytest.mark.parametrize("expected", rows(DUAL_STACK))
def test_each_minor_does_dual_stack_in_its_way(expected):
    minor = minor_of(expected[0])

    assert [
        minor.name,
        minor.api_version.removeprefix("kubeadm.k8s.io/"),
        "list" if minor.lists_arguments else "map",
        gate_of(minor),
        "flag" if minor.joins_with_gate else "-",
        service_field(minor),
        NODE_IP_WORDS[minor.node_ip(CloudProvider.NONE)],
        NODE_IP_WORDS[minor.node_ip(CloudProvider.EXTERNAL)],
        "list" if minor.reads_service_ranges else "one",
        "family" if minor.has_family_node_masks else "one",
    ] == expected


@pytest.mark.parametrize("expected", rows(NODE))
def test_each_minor_has_its_node(expected):
    minor = minor_of(expected[0])

    assert [
        minor.name,
        ",".join(minor.proxy_modes),
        "yes" if minor.has_kubenet else "no",
        minor.docker or "-",
        ",".join(SHORT[label] for label in minor.control_plane_labels),
        ",".join(SHORT[taint] for taint in minor.control_plane_taints),
        minor.registry,
        minor.ubuntu,
        minor.containerd,
        minor.runc,
        "yes" if minor.kubeadm_checks_sizes else "no",
        "yes" if minor.reads_patches else "no",
    ] == expected


def test_every_minor_from_1_16_to_1_37_has_a_row():
    assert sorted(MINORS) == list(range(16, 38))
    assert NEWEST == 37


@pytest.mark.parametrize("minor", MINORS.values(), ids=lambda minor: minor.name)
def test_a_row_names_a_patch_of_its_own_minor(minor):
    assert re.fullmatch(rf"1\.{minor.minor}\.\d+", minor.patch)
    assert re.fullmatch(rf"1\.{max(minor.minor, 21)}\.\d+", minor.crictl)


@pytest.mark.parametrize("minor", MINORS.values(), ids=lambda minor: minor.name)
def test_image_tags_look_as_kubeadm_prints_them(minor):
    assert re.fullmatch(r"3\.[3-7]\.\d+-\d", minor.etcd)
    assert re.fullmatch(r"3\.\d+(\.\d+)?", minor.pause)
    # CoreDNS has had a v in its tags since its image moved to a folder of its own, in 1.21.
    assert re.fullmatch(r"v1\.\d+\.\d+" if minor.minor >= 21 else r"1\.\d+\.\d+", minor.coredns)


def test_1_16_gives_a_24_in_both_families():
    assert (MINORS[16].node_mask_ipv4, MINORS[16].node_mask_ipv6) == (24, 24)
    assert (MINORS[17].node_mask_ipv4, MINORS[17].node_mask_ipv6) == (24, 64)


@pytest.mark.parametrize(
    ("cni", "runtime", "socket"),
    [
        (Cni.KUBENET, "docker", "/var/run/dockershim.sock"),
        (Cni.FLANNEL, "containerd", "unix:///run/containerd/containerd.sock"),
        (Cni.NONE, "containerd", "unix:///run/containerd/containerd.sock"),
    ],
)
def test_only_kubenet_runs_on_docker(cni, runtime, socket):
    assert MINORS[23].runtime(cni) == runtime
    assert MINORS[23].cri_socket(cni) == socket


def test_a_minor_alone_means_the_patch_of_its_row():
    assert patch_of("1.23") == "1.23.17"
    assert patch_of("1.23.5") == "1.23.5"


def test_a_stored_configuration_of_the_next_minor_is_unreadable_at_one_step_alone():
    assert [
        row.name for row in [*MINORS.values()][:-1] if not row.reads_stored(MINORS[row.minor + 1])
    ] == ["1.21"]


def documented(minor: Minor) -> str:
    """A minor's row in docs/reference/kubeadm.md."""
    gate = ("in the cluster and each join" if minor.joins_with_gate else "in the cluster") * (
        minor.writes_gate
    )
    docker = f", Docker {minor.docker} with kubenet" if minor.docker else ""
    cells = (
        minor.name,
        minor.api_version.removeprefix("kubeadm.k8s.io/"),
        gate or ("default" if minor.components_know_gate else "gone"),
        "both" if minor.reads_service_ranges else "first; both as arguments",
        f"/{minor.node_mask_ipv6}",
        WORDS[minor.node_ip(CloudProvider.NONE)],
        WORDS[minor.node_ip(CloudProvider.EXTERNAL)],
        ", ".join(minor.proxy_modes),
        f"`{service_field(minor)}`",
        ", ".join(label.rpartition("/")[2] for label in minor.control_plane_labels),
        ", ".join(taint.rpartition("/")[2] for taint in minor.control_plane_taints),
        f"containerd {minor.containerd}{docker}",
        minor.ubuntu,
    )
    return f"| {' | '.join(cells)} |"


def service_field(minor):
    return "ipFamilyPolicy" if minor.services_have_two_families else "ipFamily"


WORDS = {
    NodeIp.PAIR: "both",
    NodeIp.PRIMARY: "first",
    NodeIp.PRIMARY_UNSPECIFIED: "`::` if IPv6 is first",
    NodeIp.NOTHING: "none",
}


def test_the_page_of_what_is_written_when_is_up_to_date():
    page = (Path(__file__).parents[4] / "docs/reference/kubeadm.md").read_text().splitlines()

    assert [line for line in page if line.startswith("| 1.")] == [
        documented(minor) for minor in MINORS.values()
    ]


def test_the_page_has_the_images_and_the_software_of_every_step_to_a_next_minor():
    page = (Path(__file__).parents[4] / "docs/reference/kubeadm.md").read_text().splitlines()
    steps = [(minor_of(was), minor_of(wanted)) for was, wanted in hops.ALL]

    found = [line for line in page if re.match(r"\| to \S+ \| (images|software) \|", line)]

    assert len(steps) == 17
    assert found == [row for step in steps for row in hops.row_of_facts(*step)]


@pytest.mark.parametrize(
    ("minor", "release"), [(16, "1.21.0"), (20, "1.21.0"), (21, "1.21.0"), (22, "1.22.0")]
)
def test_crictl_is_of_a_release_that_has_a_digest(minor, release):
    assert MINORS[minor].crictl == release
