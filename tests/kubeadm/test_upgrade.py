"""The phases of the real kubeadm by which a running control plane takes over another minor or another setting."""

import importlib.util
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from components.machine.documents import PATCHES_FOLDER
from tests.kubeadm.rendered import cluster, initial
from tests.kubeadm.sandbox import Sandbox

NODE = Path(__file__).parents[2] / "templates/node"
LINE = "    - --initial-cluster=node1=https://10.0.0.10:2380\n"
JOINED = (
    "    - --initial-cluster=node0=https://10.0.0.9:2380,node1=https://10.0.0.10:2380\n"
    "    - --initial-cluster-state=existing\n"
)
"""Flags of etcd in the manifest of a member, as the first has them and as a join writes them."""


@pytest.fixture
def manifests(monkeypatch: pytest.MonkeyPatch):
    """The machine's own program for manifests."""
    monkeypatch.syspath_prepend(NODE)
    spec = importlib.util.spec_from_file_location("manifests", NODE / "manifests.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def phase(machine: Sandbox, kubeadm: Path, document: str, *words: str) -> str:
    """Run a phase of `kubeadm init`, which has to succeed; what it says."""
    done = machine.run(kubeadm, "init", "phase", *words, "--config", document)
    assert done.status == 0, done.output
    return done.output


def names(certificate: Path) -> list[str]:
    """The DNS names of a certificate."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    found = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return found.value.get_values_for_type(x509.DNSName)


def test_manifests_are_written_again_over_those_that_are_there(
    machine: Sandbox, kubeadm: Path, minor: str
):
    document = machine.write("init.yaml", initial(cluster(minor, "IPv4 first")))
    for words in ("certs all", "etcd local", "control-plane all"):
        phase(machine, kubeadm, document, *words.split())
    folder = machine.folder / "etc/kubernetes/manifests"
    before = {file.name: file.read_text() for file in folder.iterdir()}

    changed = cluster(minor, "IPv4 first", kubeadm={"apiServerArgs": {"event-ttl": "2h"}})
    document = machine.write("init.yaml", initial(changed))
    for words in ("certs apiserver", "etcd local", "control-plane all"):
        phase(machine, kubeadm, document, *words.split())
    after = {file.name: file.read_text() for file in folder.iterdir()}

    assert {name for name in after if after[name] != before[name]} == {"kube-apiserver.yaml"}
    assert "    - --event-ttl=2h\n" in after["kube-apiserver.yaml"]


def test_kubeadm_keeps_a_certificate_that_lacks_a_name_and_makes_one_where_there_is_none(
    machine: Sandbox, kubeadm: Path, minor: str
):
    document = machine.write("init.yaml", initial(cluster(minor, "IPv4 first")))
    phase(machine, kubeadm, document, "certs", "all")
    certificate = machine.folder / "etc/kubernetes/pki/apiserver.crt"
    named = cluster(minor, "IPv4 first", kubeadm={"certSans": ["api.other.example"]})
    document = machine.write("init.yaml", initial(named))

    phase(machine, kubeadm, document, "certs", "apiserver")
    kept = names(certificate)
    certificate.unlink()
    certificate.with_suffix(".key").unlink()
    phase(machine, kubeadm, document, "certs", "apiserver")

    assert "api.other.example" not in kept
    assert "api.other.example" in names(certificate)


@pytest.mark.since("1.22")
def test_a_patch_brings_another_image_of_etcd_and_changes_nothing_else(
    machine: Sandbox, kubeadm: Path, minor: str
):
    document = machine.write("init.yaml", initial(cluster(minor, "IPv4 first")))
    for words in ("certs all", "etcd local"):
        phase(machine, kubeadm, document, *words.split())
    manifest = machine.folder / "etc/kubernetes/manifests/etcd.yaml"
    before = yaml.safe_load(manifest.read_text())

    patch = "spec: {containers: [{name: etcd, image: registry.example/etcd:3.6.11-0}]}\n"
    machine.write(f"{PATCHES_FOLDER.removeprefix('/etc/')}/etcd0+strategic.yaml", patch)
    patched = cluster(minor, "IPv4 first", kubeadm={"patches": {"etcd0+strategic.yaml": patch}})
    document = machine.write("init.yaml", initial(patched))
    phase(machine, kubeadm, document, "etcd", "local")
    after = yaml.safe_load(manifest.read_text())

    [container] = after["spec"]["containers"]
    assert container.pop("image") == "registry.example/etcd:3.6.11-0"
    before["spec"]["containers"][0].pop("image")
    assert after == before


def test_a_member_that_joined_keeps_its_flags_in_the_manifest_that_kubeadm_writes(
    machine: Sandbox, kubeadm: Path, minor: str, manifests
):
    document = machine.write("init.yaml", initial(cluster(minor, "IPv4 first")))
    for words in ("certs all", "etcd local"):
        phase(machine, kubeadm, document, *words.split())
    written = (machine.folder / "etc/kubernetes/manifests/etcd.yaml").read_text()
    assert LINE in written

    joined = written.replace(LINE, JOINED)
    after = manifests.with_flags_of_join(joined, written)

    assert after == joined
    assert yaml.safe_load(after)["kind"] == "Pod"
