"""The release server's files: where nodes look for them, and checksums that they can verify."""

import hashlib
import subprocess
import tarfile
from urllib.parse import urlsplit

import pytest

from components.facts.instance_types import Architecture
from components.facts.versions import MINORS
from components.machine.software import Kind, artifacts
from components.rules import load
from components.spec.cluster import Spec
from rehearsal.mirror import downloads

MIRROR = "http://10.255.0.1:8000"


@pytest.fixture
def placed(tmp_path, monkeypatch):
    """The files of 1.36, of programs that are quick to build."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def build(program: object) -> object:
        path = tmp_path / str(program).replace(" ", "-")
        path.write_text(f"this is {program}\n")
        path.chmod(0o755)
        return path

    monkeypatch.setattr(downloads, "built", build)
    monkeypatch.setattr(downloads, "kubernetes", lambda name, minor: build(f"{name} {minor}"))
    downloads.place_downloads(MINORS[36])
    return tmp_path / "dualstack/releases"


@pytest.fixture
def asked():
    """What a control plane of 1.36 downloads."""
    spec = load(
        Spec,
        {
            "project": "dualstack",
            "stack": "dev",
            "region": "eu-west-1",
            "cluster": {"name": "dev", "kubernetesVersion": "1.36"},
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["10.0.0.0/16", "fd00::/8"]},
            "software": {"releaseServer": MIRROR},
        },
    )
    return {architecture: artifacts(spec, architecture) for architecture in Architecture}


@pytest.mark.parametrize("architecture", Architecture)
def test_everything_a_node_asks_for_is_there_with_a_checksum_it_accepts(
    placed, asked, architecture
):
    for artifact in asked[architecture]:
        file = placed / urlsplit(artifact.url).path[1:]
        checksums = placed / urlsplit(artifact.digest).path[1:]
        digest = hashlib.sha256(file.read_bytes()).hexdigest()

        assert f"{digest}  {file.name}" in checksums.read_text().splitlines()


def test_the_checksum_of_an_archive_is_what_sha256sum_checks(placed):
    folder = placed / "containerd/containerd/releases/download/v2.3.4"

    checked = subprocess.run(
        ["sha256sum", "--check", "containerd-2.3.4-linux-amd64.tar.gz.sha256sum"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert checked.stdout == "containerd-2.3.4-linux-amd64.tar.gz: OK\n"


def test_archives_have_upstreams_layout(placed, asked):
    layouts = {}
    for artifact in asked[Architecture.AMD64]:
        if artifact.kind is Kind.ARCHIVE:
            with tarfile.open(placed / urlsplit(artifact.url).path[1:]) as archive:
                layouts[artifact.name] = archive.getnames()

    assert layouts == {
        "containerd": ["bin/containerd", "bin/containerd-shim-runc-v2", "bin/ctr"],
        "crictl": ["crictl"],
        "cni-plugins": [
            *("dhcp", "host-local", "static"),
            *("bridge", "dummy", "host-device", "ipvlan", "loopback"),
            *("macvlan", "ptp", "tap", "vlan"),
            *("bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf"),
        ],
    }


def test_what_is_placed_is_not_built_again(placed, monkeypatch):
    monkeypatch.setattr(downloads, "_archived", lambda members: pytest.fail("built again"))

    downloads.place_downloads(MINORS[36])
