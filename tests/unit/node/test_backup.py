"""Snapshots of etcd: which member makes one, what the bucket then has, and that nothing but a whole one gets there."""

import base64
import gzip
import hashlib
import json
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.unit.node.conftest import Cluster
from tests.unit.node.etcd import member
from tests.unit.node.kubernetes import Kubernetes, let_in, node
from tests.unit.node.machine import Machine
from tests.unit.node.test_hand_over import set_state

DATABASE = bytes(range(256)) * 300
"""Two blobs and a bit of a third."""
BLOB = 32768


@dataclass
class Etcd:
    """A member that streams its database as etcd 3.5 to 3.7 do: a line of JSON for each 32 KiB, and then the digest alone."""

    leader: str = "10"
    members: list[list[dict[str, str]]] = field(default_factory=lambda: [[]])
    """Its members, at one look after the other."""
    lines: list[bytes] = field(default_factory=list)
    port: int = 0

    def answer(self, path: str) -> list[bytes]:
        if path == "/v3/maintenance/status":
            status = {
                "header": {"member_id": "10"},
                "version": "3.7.0",
                "leader": self.leader,
            }
            return [json.dumps(status).encode()]
        if path in ("/v3/cluster/member/list", "/v3/maintenance/alarm"):
            now = self.members.pop(0) if len(self.members) > 1 else self.members[0]
            return [json.dumps({"members": now}).encode()]
        return self.lines if path == "/v3/maintenance/snapshot" else []


def stream(database: bytes, digest: bytes | None = None) -> list[bytes]:
    """The lines of a snapshot."""
    blobs = [database[start : start + BLOB] for start in range(0, len(database), BLOB)]
    left = len(database)
    lines = []
    for blob in blobs:
        left -= len(blob)
        lines.append(
            {"remaining_bytes": str(left), "blob": base64.b64encode(blob).decode(), "version": ""}
        )
    digest = hashlib.sha256(database).digest() if digest is None else digest
    lines.append({"blob": base64.b64encode(digest).decode()})
    return [json.dumps({"result": line}).encode() + b"\n" for line in lines]


WHOLE = stream(DATABASE)


@pytest.fixture
def etcd(cluster: Cluster) -> Iterator[Etcd]:
    """An etcd on a port of its own."""
    served = Etcd(lines=stream(DATABASE))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            lines = served.answer(self.path)
            self.send_response(200 if lines else 404)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in lines:
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*cluster.authority.server_files(cluster.folder / "etcd", "localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=cluster.authority.certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    served.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield served
    server.shutdown()
    server.server_close()


@dataclass
class Kept:
    """The cluster's bucket."""

    name: str
    s3: Any

    def keys(self) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def read(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()


@pytest.fixture
def bucket(cluster: Cluster, client: Any) -> Kept:
    """The cluster's bucket, and the parameter that names it."""
    name = f"{cluster.name}-backups-1234567"
    client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", name)
    return Kept(name, client("s3"))


@pytest.fixture
def machine(cluster: Cluster, etcd: Etcd) -> Machine:
    """A control plane that is a member."""
    made = cluster.control_plane(etcdPort=etcd.port)
    pki = made.root / "etc/kubernetes/pki/etcd"
    certificate, key = cluster.authority.server_files(pki, "client")
    certificate.rename(pki / "healthcheck-client.crt")
    key.rename(pki / "healthcheck-client.key")
    (pki / "ca.crt").write_text(cluster.authority.certificate)
    manifests = made.root / "etc/kubernetes/manifests"
    manifests.mkdir(parents=True)
    (manifests / "kube-apiserver.yaml").write_text(
        "spec:\n  containers:\n  - image: registry.k8s.io/kube-apiserver:v1.37.2\n"
    )
    return made


def test_the_leader_keeps_a_snapshot_whose_name_says_of_what_it_is(
    cluster: Cluster, machine: Machine, bucket: Kept
):
    ended = machine.run("backup.py")

    assert ended.returncode == 0, ended.stdout
    [key] = bucket.keys()
    held = bucket.read(key)
    assert re.fullmatch(
        rf"{cluster.name}/0123456789abcdef/\d{{8}}T\d{{6}}Z-1\.37\.2-3\.7\.0\.db\.gz", key
    )
    assert gzip.decompress(held) == DATABASE + hashlib.sha256(DATABASE).digest()
    told = json.loads(cluster.parameter(f"/dualstack/{cluster.name}/status/backup") or "")
    assert told == {"time": key.split("/")[2][:16], "key": key, "bytes": len(held)}
    assert not (machine.root / "var/lib/dualstack/snapshot").exists()


def test_the_node_shows_when_its_last_snapshot_was_kept(
    cluster: Cluster, machine: Machine, bucket: Kept, api: Kubernetes
):
    join(machine, api, cluster)

    machine.run("backup.py")

    [key] = bucket.keys()
    shown = api.nodes[machine.instance]["metadata"]["annotations"]
    assert shown == {"dualstack/backup": key.split("/")[2][:16]}


def join(machine: Machine, api: Kubernetes, cluster: Cluster) -> None:
    """Make a machine a Node, which may annotate itself."""
    api.nodes[machine.instance] = node(machine.instance)
    let_in(machine, api, cluster.authority)
    joined = machine.root / "var/lib/dualstack/joined"
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text(f"{machine.instance}\n")


def test_why_there_is_no_snapshot_is_shown_by_the_node_and_to_operators_until_there_is_one(
    cluster: Cluster, machine: Machine, etcd: Etcd, bucket: Kept, api: Kubernetes
):
    join(machine, api, cluster)
    status = f"/dualstack/{cluster.name}/status/backup-fault"
    etcd.lines = [*WHOLE[:1], b'{"error":{"message":"no space for abcdef.0123456789abcdef"}}\n']

    failed = machine.run("backup.py")
    told, shown = cluster.parameter(status), api.nodes[machine.instance]["metadata"]["annotations"]
    etcd.lines = WHOLE
    machine.run("backup.py")

    assert failed.returncode == 1
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d UTC, {machine.instance}: "
        r'etcd\'s maintenance/snapshot says \{"message": "no space for abcdef\.\[secret\]"\}',
        told or "",
    )
    assert shown == {"dualstack/backup-fault": told}
    [key] = bucket.keys()
    assert cluster.parameter(status) is None
    assert api.nodes[machine.instance]["metadata"]["annotations"] == {
        "dualstack/backup": key.split("/")[2][:16]
    }


def test_an_etcd_that_does_not_answer_is_shown_as_the_reason(
    cluster: Cluster, bucket: Kept, api: Kubernetes
):
    machine = cluster.control_plane(etcdPort=1)
    join(machine, api, cluster)

    ended = machine.run("backup.py")

    assert ended.returncode == 1
    told = cluster.parameter(f"/dualstack/{cluster.name}/status/backup-fault") or ""
    assert f" UTC, {machine.instance}: " in told
    assert api.nodes[machine.instance]["metadata"]["annotations"] == {
        "dualstack/backup-fault": told
    }


def test_a_cluster_without_a_bucket_shows_no_failure_of_backups(cluster: Cluster, api: Kubernetes):
    machine = cluster.control_plane(etcdPort=1)
    join(machine, api, cluster)

    ended = machine.run("backup.py")

    assert ended.returncode == 1
    assert cluster.parameter(f"/dualstack/{cluster.name}/status/backup-fault") is None
    assert "annotations" not in api.nodes[machine.instance]["metadata"]


def test_the_last_member_keeps_what_it_has_when_its_machine_is_terminated(
    machine: Machine, bucket: Kept
):
    joined = machine.root / "var/lib/dualstack/joined"
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text(f"{machine.instance}\n")
    set_state(machine, "shutting-down")

    ended = machine.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    [key] = bucket.keys()
    assert gzip.decompress(bucket.read(key)) == DATABASE + hashlib.sha256(DATABASE).digest()


def test_the_one_that_remains_of_members_that_are_terminated_together_keeps_what_it_has(
    cluster: Cluster, machine: Machine, etcd: Etcd, bucket: Kept
):
    joined = machine.root / "var/lib/dualstack/joined"
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text(f"{machine.instance}\n")
    set_state(machine, "shutting-down")
    own = member(machine, "10")
    etcd.members = [[own, member(cluster.control_plane(), "11")], [own]]

    ended = machine.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    [key] = bucket.keys()
    assert re.search(r"Z-1\.37\.2-3\.7\.0\.db\.gz$", key)
    assert gzip.decompress(bucket.read(key)) == DATABASE + hashlib.sha256(DATABASE).digest()
    assert "etcd keeps this member for now" not in ended.stdout


def test_another_member_than_the_leader_keeps_none(machine: Machine, etcd: Etcd, bucket: Kept):
    etcd.leader = "11"

    ended = machine.run("backup.py")

    assert ended.returncode == 0, ended.stdout
    assert "another member is etcd's leader" in ended.stdout
    assert bucket.keys() == []


def test_any_member_keeps_one_now_if_it_is_asked_to(machine: Machine, etcd: Etcd, bucket: Kept):
    etcd.leader = "11"

    ended = machine.run("backup.py", "now")

    assert ended.returncode == 0, ended.stdout
    assert len(bucket.keys()) == 1


def test_a_cluster_without_a_bucket_has_no_backup_and_says_so(machine: Machine):
    ended = machine.run("backup.py")

    assert ended.returncode == 0
    assert "the cluster has no bucket for backups" in ended.stdout


BROKEN = {
    "one byte differs": stream(b"x" + DATABASE[1:], hashlib.sha256(DATABASE).digest()),
    "cut in the middle": WHOLE[:2],
    "cut before the digest": WHOLE[:-1],
    "nothing but a digest": WHOLE[-1:],
}


@pytest.mark.parametrize("lines", BROKEN.values(), ids=BROKEN)
def test_a_snapshot_that_is_not_whole_gets_into_no_bucket(
    cluster: Cluster,
    machine: Machine,
    etcd: Etcd,
    bucket: Kept,
    lines: list[bytes],
):
    etcd.lines = lines

    ended = machine.run("backup.py")

    assert ended.returncode == 1
    assert "no backup: the snapshot is not whole: " in ended.stdout
    assert bucket.keys() == []
    assert cluster.parameter(f"/dualstack/{cluster.name}/status/backup") is None
    assert not (machine.root / "var/lib/dualstack/snapshot").exists()


def test_an_error_in_the_middle_of_the_stream_is_reported_in_etcds_words(
    machine: Machine, etcd: Etcd, bucket: Kept
):
    etcd.lines = [*WHOLE[:1], b'{"error":{"message":"etcdserver: no space"}}\n']

    ended = machine.run("backup.py")

    assert ended.returncode == 1
    assert (
        'no backup: etcd\'s maintenance/snapshot says {"message": "etcdserver: no space"}'
        in ended.stdout
    )
    assert bucket.keys() == []


def test_a_bucket_that_is_not_there_is_named_with_what_aws_says(
    cluster: Cluster, machine: Machine, etcd: Etcd
):
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", "gone-backups")

    ended = machine.run("backup.py")

    assert ended.returncode == 1
    assert "no backup: AWS refused: NoSuchBucket" in ended.stdout
    assert "/gone-backups/" in ended.stdout
