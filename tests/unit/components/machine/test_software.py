"""What machines install, and from where."""

from typing import Any

import pytest

from components.config.check import check
from components.facts.instance_types import Architecture
from components.facts.versions import MINORS
from components.machine.software import PINNED, Artifact, Kind, artifacts, packages
from components.spec.cluster import Spec

GITHUB = "https://github.com"


def spec(version: str = "1.37", cni: str = "flannel", **sections: Any) -> Spec:
    """A cluster of one version."""
    return check(
        Spec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": {"name": "prod", "kubernetesVersion": version, "cni": cni},
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
            "workers": {"general": {}},
            **sections,
        },
    )


def test_a_control_plane_installs_the_runtime_and_kubernetes_from_their_own_sites():
    found = artifacts(spec(), Architecture.AMD64)

    assert [(item.name, item.version, item.url) for item in found] == [
        (
            "containerd",
            "2.3.4",
            f"{GITHUB}/containerd/containerd/releases/download/v2.3.4/containerd-2.3.4-linux-amd64.tar.gz",
        ),
        ("runc", "1.4.3", f"{GITHUB}/opencontainers/runc/releases/download/v1.4.3/runc.amd64"),
        (
            "crictl",
            "1.37.0",
            f"{GITHUB}/kubernetes-sigs/cri-tools/releases/download/v1.37.0/crictl-v1.37.0-linux-amd64.tar.gz",
        ),
        (
            "cni-plugins",
            "1.9.1",
            f"{GITHUB}/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
        ),
        ("kubeadm", "1.37.2", "https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubeadm"),
        ("kubelet", "1.37.2", "https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubelet"),
        ("kubectl", "1.37.2", "https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubectl"),
        (
            "etcd",
            "3.7.0",
            f"{GITHUB}/etcd-io/etcd/releases/download/v3.7.0/etcd-v3.7.0-linux-amd64.tar.gz",
        ),
    ]


def test_digests_are_taken_from_where_each_project_publishes_them():
    found = artifacts(spec(), Architecture.AMD64)

    assert {item.name: item.digest.rpartition("/")[2] for item in found} == {
        "containerd": "containerd-2.3.4-linux-amd64.tar.gz.sha256sum",
        "runc": "runc.sha256sum",
        "crictl": "crictl-v1.37.0-linux-amd64.tar.gz.sha256",
        "cni-plugins": "cni-plugins-linux-amd64-v1.9.1.tgz.sha256",
        "kubeadm": "kubeadm.sha256",
        "kubelet": "kubelet.sha256",
        "kubectl": "kubectl.sha256",
        "etcd": "SHA256SUMS",
    }


def test_a_worker_gets_no_kubectl():
    names = [item.name for item in artifacts(spec().pool("general"), Architecture.AMD64)]

    assert names == ["containerd", "runc", "crictl", "cni-plugins", "kubeadm", "kubelet"]


@pytest.mark.parametrize(("version", "release"), [("1.21", None), ("1.22", "3.7.0")])
def test_what_restores_snapshots_is_there_from_etcd_3_5_on(version: str, release: str | None):
    versions = {item.name: item.version for item in artifacts(spec(version), Architecture.AMD64)}

    assert versions.get("etcd") == release


def test_an_exact_patch_is_what_is_installed():
    versions = {item.name: item.version for item in artifacts(spec("1.30.5"), Architecture.AMD64)}

    assert versions["kubelet"] == "1.30.5"
    assert versions["crictl"] == "1.30.0"


def test_arm_machines_get_arm_builds():
    found = artifacts(spec().pool("general"), Architecture.ARM64)

    assert all("arm64" in item.url for item in found)


def test_a_mirror_has_the_upstream_paths_below_its_own_address():
    mirrored = spec(software={"releaseServer": "https://mirror.example.com/k8s"})

    found = {item.name: item for item in artifacts(mirrored, Architecture.AMD64)}

    assert found["kubelet"] == Artifact(
        name="kubelet",
        version="1.37.2",
        url="https://mirror.example.com/k8s/release/v1.37.2/bin/linux/amd64/kubelet",
        digest="https://mirror.example.com/k8s/release/v1.37.2/bin/linux/amd64/kubelet.sha256",
        kind=Kind.PROGRAM,
        destination="/usr/local/bin",
    )
    assert found["runc"].url == (
        "https://mirror.example.com/k8s/opencontainers/runc/releases/download/v1.4.3/runc.amd64"
    )


def test_kubenet_comes_with_docker_which_brings_its_own_containerd():
    found = artifacts(spec("1.23", "kubenet").pool("general"), Architecture.ARM64)

    assert [item.name for item in found] == ["docker", "cni-plugins", "kubeadm", "kubelet"]
    assert found[0].url.startswith(
        "https://download.docker.com/linux/static/stable/aarch64/docker-"
    )


@pytest.mark.parametrize("minor", [minor for minor, row in MINORS.items() if row.docker])
def test_docker_publishes_no_digest_so_it_is_pinned(minor: int):
    docker = artifacts(spec(f"1.{minor}", "kubenet"), Architecture.AMD64)[0]

    assert docker.name == "docker"
    assert len(docker.digest) == 64


def test_what_a_mirror_serves_is_checked_by_the_mirrors_own_digest():
    mirrored = spec("1.23", "kubenet", software={"releaseServer": "https://mirror.example.com"})

    docker = artifacts(mirrored, Architecture.AMD64)[0]

    assert docker.digest == f"{docker.url}.sha256"


def test_an_image_that_holds_everything_downloads_nothing():
    prebaked = spec(software={"prebaked": True}, nodes={"image": "ami-0123456789abcdef0"})

    assert artifacts(prebaked, Architecture.AMD64) == []
    assert packages(prebaked) == []


def test_only_ipvs_needs_the_tools_of_ipvs():
    iptables = ["conntrack", "curl", "ebtables", "ethtool", "iptables", "socat"]

    assert packages(spec("1.30")) == iptables
    assert packages(spec("1.17")) == [*iptables, "ipset", "ipvsadm"]
    assert packages(spec("1.30", kubeadm={"proxyMode": "ipvs"})) == [*iptables, "ipset", "ipvsadm"]


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
@pytest.mark.parametrize("minor", range(16, 24))
def test_every_docker_that_a_minor_installs_has_its_digest_here(minor, architecture):
    docker = MINORS[minor].docker

    digest = PINNED.get(("docker", docker, Architecture(architecture)))

    assert digest is not None
    assert len(digest) == 64


def test_amazon_linux_gets_the_build_of_containerd_that_needs_no_newer_glibc():
    told = spec("1.37", nodes={"image": "amazon-linux-2023"}).pool("general")

    [containerd] = [
        item for item in artifacts(told, Architecture.AMD64) if "containerd" in item.name
    ]

    assert containerd.url == (
        "https://github.com/containerd/containerd/releases/download/v2.3.4/containerd-static-2.3.4-linux-amd64.tar.gz"
    )
    assert containerd.digest == f"{containerd.url}.sha256sum"
    assert (containerd.kind, containerd.destination) == (Kind.ARCHIVE, "/usr/local")
