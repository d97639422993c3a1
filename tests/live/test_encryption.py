"""Secrets in etcd and in its snapshots: none can be read there, and turning encryption off and on rewrites each."""

import gzip
import json
from base64 import b64decode, b64encode

import pytest

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster
from tests.live.test_restore import bucket_of, keep, snapshots
from tests.live.under_probe import serve, under_probe

WORD = "a-word-that-only-a-secret-has"
NAME = "of-the-test-of-encryption"

READ = """
import base64, json, sys
sys.path.insert(0, "/usr/local/lib/dualstack")
import etcd, machine
place, end = base64.b64encode(b"/registry/secrets/").decode(), base64.b64encode(b"/registry/secrets0").decode()
found = etcd.ask(machine.settings(), "kv/range", {"key": place, "range_end": end})
print(json.dumps({base64.b64decode(pair["key"]).decode(): pair["value"] for pair in found["kvs"]}))
"""
"""All Secrets as etcd stores them."""


@pytest.fixture(scope="module", autouse=True)
def secret(cluster: Cluster) -> None:
    """A Secret with a word that is nowhere else."""
    serve(cluster)
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": NAME},
            "stringData": {"word": WORD},
        }
    )


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """A worker, from whose network Services are asked."""
    return cluster.machine(cluster.nodes("worker")[0])


def test_no_secret_is_plain_in_etcd(cluster):
    found = raw(cluster)

    assert f"/registry/secrets/default/{NAME}" in found
    assert encrypted_by(found) == {"k8s:enc:secretbox:v1:dualstack-1"}
    assert [place for place, value in found.items() if shows_the_word(value)] == []


def test_no_secret_is_plain_in_a_snapshot(cluster):
    keep(cluster)

    stored = cluster.aws("s3").get_object(Bucket=bucket_of(cluster), Key=snapshots(cluster)[0])
    content = gzip.decompress(stored["Body"].read())

    assert NAME.encode() in content
    assert not shows_the_word(content)


def test_the_key_is_on_control_planes_alone_and_readable_by_root_alone(cluster):
    file = "/etc/kubernetes/encryption-at-rest/configuration.yaml"

    modes = {
        role: cluster.machine(cluster.nodes(role)[0]).run(
            "sh", "-c", f"stat --format '%U %a' {file} || true"
        )
        for role in ("control plane", "worker")
    }

    assert modes["control plane"] == "root 600\n"
    assert "root 600" not in modes["worker"]


def test_encryption_is_turned_off_and_on_again_and_each_secret_is_rewritten(cluster, asked_from):
    with (
        under_probe(cluster, "encryption is turned off", asked_from) as off,
        cluster.changed("encryption", enabled=False).begin("live") as run,
    ):
        run.succeed()
    plain = raw(cluster)
    with (
        under_probe(cluster, "encryption is turned on", asked_from) as on,
        cluster.begin("live") as run,
    ):
        run.succeed()
    again = raw(cluster)

    assert encrypted_by(plain) == {"nothing"}
    assert shows_the_word(plain[f"/registry/secrets/default/{NAME}"])
    assert encrypted_by(again) == {"k8s:enc:secretbox:v1:dualstack-1"}
    assert word(cluster) == WORD
    assert (off.failures("Service"), on.failures("Service")) == ([], [])


def raw(cluster: Cluster) -> dict[str, bytes]:
    """The Secrets by their places, as etcd stores them."""
    said = cluster.machine(cluster.nodes("control plane")[0]).run("python3", "-c", READ)
    return {place: b64decode(value) for place, value in json.loads(said).items()}


def encrypted_by(found: dict[str, bytes]) -> set[str]:
    """What encrypts these values, with the name of its key."""
    return {
        ":".join(value[:80].decode(errors="replace").split(":")[:5])
        if value.startswith(b"k8s:enc:")
        else "nothing"
        for value in found.values()
    }


def shows_the_word(content: bytes) -> bool:
    return WORD.encode() in content or b64encode(WORD.encode()) in content


def word(cluster: Cluster) -> str:
    """What the API says of the Secret."""
    return b64decode(cluster.get("secret", NAME)["data"]["word"]).decode()
