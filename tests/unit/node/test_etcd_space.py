"""The space of etcd: which members are defragmented, in which order, and that a full etcd takes writes again."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rehearsal.builds.etcd import etcd
from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster, _program
from tests.unit.node.etcd import let_in
from tests.unit.node.machine import PROGRAMS, Machine
from tests.unit.node.test_restore import free_port

MIB = 1 << 20


@pytest.fixture(scope="module")
def space() -> Iterator[ModuleType]:
    """etcd_space.py"""
    yield from _program("etcd_space")


class Members:
    """Three members, the second of which leads and is asked, with the sizes of their databases and what of them is used."""

    def __init__(self, **sizes: tuple[int, int]) -> None:
        self.sizes = sizes
        self.defragmented: list[str] = []
        self.alarms: list[dict[str, str]] = []

    def ask(self, _: object, call: str, request: dict[str, Any], host: str = "b", *__: int) -> Any:
        if call == "cluster/member/list":
            return {
                "members": [
                    {"ID": name, "name": name, "clientURLs": [f"https://{name}:2379"]}
                    for name in self.sizes
                ]
            }
        if call == "maintenance/status":
            size, used = self.sizes[host]
            return {
                "header": {"member_id": "b", "revision": "7"},
                "dbSize": str(size * MIB),
                "dbSizeInUse": str(used * MIB),
            }
        if call == "maintenance/defragment":
            self.defragmented.append(host)
            return {}
        assert (call, request) == ("maintenance/alarm", {"action": "GET"})
        return {"alarms": self.alarms}


@pytest.mark.parametrize(
    ("sizes", "defragmented"),
    [
        ({"a": (200, 90), "b": (200, 90), "c": (200, 90)}, ["a", "c", "b"]),
        ({"a": (200, 110), "b": (200, 90), "c": (200, 90)}, ["c", "b"]),
        ({"a": (200, 110), "b": (200, 110), "c": (200, 110)}, []),
        ({"a": (60, 1), "b": (60, 1), "c": (60, 1)}, []),
    ],
    ids=["all, the leader last", "those alone that need it", "none is half free", "all are small"],
)
def test_members_whose_databases_are_half_free_are_defragmented_one_after_the_other(
    space: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    sizes: dict[str, tuple[int, int]],
    defragmented: list[str],
):
    members = Members(**sizes)
    monkeypatch.setattr(space, "ask", members.ask)

    said = space.look_after({})

    assert (members.defragmented, said) == (defragmented, "")


def test_corrupt_data_are_said_with_the_machines_that_have_them_and_nothing_is_touched(
    space: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    members = Members(a=(200, 90), b=(200, 90), c=(200, 90))
    members.alarms = [
        {"memberID": "a", "alarm": "NOSPACE"},
        {"memberID": "a", "alarm": "CORRUPT"},
        {"memberID": "7", "alarm": "CORRUPT"},
    ]
    monkeypatch.setattr(space, "ask", members.ask)

    said = space.look_after({})

    assert said == (
        "CORRUPT: by etcd's alarm the data of a, member 7 are not those of the other members, and the API is refused; restore a "
        "snapshot from before, or terminate these machines and take the alarm back"
    )
    assert members.defragmented == []


class Member:
    """A real etcd of one member, and the control plane that it is on."""

    def __init__(self, machine: Machine, data: Path, port: int, context: ssl.SSLContext) -> None:
        self.machine, self.data = machine, data
        self._url, self._context = f"https://localhost:{port}/v3", context

    def ask(self, call: str, **request: Any) -> bool:
        """Whether etcd takes a call."""
        asked = urllib.request.Request(f"{self._url}/{call}", json.dumps(request).encode())
        try:
            urllib.request.urlopen(asked, timeout=60, context=self._context).close()
        except OSError:
            return False
        return True

    def put(self, key: bytes, value: bytes) -> bool:
        """Whether it takes a value."""
        return self.ask("kv/put", key=b64encode(key).decode(), value=b64encode(value).decode())


@pytest.fixture
def member(cluster: Cluster, tmp_path: Path) -> Iterator[Member]:
    """A real etcd with room for eight megabytes."""
    port, peers = free_port(), free_port()
    machine = cluster.control_plane(etcdPort=port)
    let_in(machine, cluster.authority)
    pki = machine.root / "etc/kubernetes/pki/etcd"
    served = cluster.authority.server_files(tmp_path / "etcd", "localhost")
    url, peer = f"https://localhost:{port}", f"http://127.0.0.1:{peers}"
    command = [
        *(
            etcd(),
            f"--data-dir={tmp_path}/data",
            "--name=first",
            f"--quota-backend-bytes={8 * MIB}",
        ),
        *(f"--listen-client-urls=https://127.0.0.1:{port}", f"--advertise-client-urls={url}"),
        *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
        *(f"--initial-cluster=first={peer}", f"--cert-file={served[0]}", f"--key-file={served[1]}"),
        *("--client-cert-auth", f"--trusted-ca-file={pki / 'ca.crt'}"),
    ]
    context = ssl.create_default_context(cadata=cluster.authority.certificate)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(pki / "healthcheck-client.crt", pki / "healthcheck-client.key")
    made = Member(machine, tmp_path / "data/member/snap/db", port, context)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: made.ask("maintenance/status"), "etcd answers")
            yield made
        finally:
            process.terminate()


def test_a_real_etcd_at_its_quota_takes_writes_again(cluster: Cluster, member: Member):
    wait_until(lambda: not member.put(b"a", b"x" * MIB), "etcd is full")
    member.ask("kv/deleterange", key="YQ==")
    refused = not member.put(b"b", b"b")
    ended = member.machine.run("backup.py")
    taken = member.put(b"b", b"b")
    said = cluster.parameter(f"/dualstack/{cluster.name}/status/etcd")
    member.machine.run("backup.py")

    assert (refused, ended.returncode, taken) == (True, 0, True), ended.stdout
    assert said == "etcd was at its quota and took no writes"
    assert cluster.parameter(f"/dualstack/{cluster.name}/status/etcd") is None


def test_the_corrupt_data_of_a_real_etcd_are_reported_and_its_alarm_stays(
    cluster: Cluster, member: Member
):
    member.ask("maintenance/alarm", action="ACTIVATE", memberID="7", alarm="CORRUPT")

    ended = member.machine.run("backup.py")

    assert ended.returncode == 0, ended.stdout
    said = cluster.parameter(f"/dualstack/{cluster.name}/status/etcd") or ""
    assert said.startswith("CORRUPT: by etcd's alarm the data of member 7 are not those of the ")
    assert not member.put(b"b", b"b")


def test_a_full_etcd_takes_writes_again_although_an_earlier_attempt_was_cut_off(member: Member):
    wait_until(lambda: not member.put(b"a", b"x" * MIB), "etcd is full")
    member.ask("kv/deleterange", key="YQ==")
    # It ends before the alarm is taken back. Until then nothing is written, so etcd's revision stays.
    earlier = _forget(member)
    refused = not member.put(b"b", b"b")
    ended = member.machine.run("backup.py")

    assert earlier.returncode == 0, earlier.stdout
    assert (refused, ended.returncode, member.put(b"b", b"b")) == (True, 0, True), ended.stdout


def test_etcd_is_looked_after_although_the_bucket_takes_no_snapshot(
    cluster: Cluster, member: Member
):
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", "gone-1234567")
    manifest = member.machine.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("image: registry.k8s.io/kube-apiserver:v1.37.2\n")
    wait_until(lambda: not member.put(b"a", b"x" * MIB), "etcd is full")
    member.ask("kv/deleterange", key="YQ==")

    ended = member.machine.run("backup.py")

    assert "no backup: AWS refused: NoSuchBucket" in ended.stdout
    assert (ended.returncode, member.put(b"b", b"b")) == (1, True), ended.stdout


def _forget(member: Member) -> subprocess.CompletedProcess[str]:
    """Have etcd forget what is over."""
    program = member.machine.root / PROGRAMS / "forget.py"
    program.write_text("import etcd_space, machine\netcd_space.forget(machine.settings())\n")
    return member.machine.run("forget.py")


def test_a_value_that_was_replaced_is_in_no_database_once_it_is_forgotten(member: Member):
    member.put(b"secret", b"in plain words")
    member.put(b"secret", b"encrypted words")
    wait_until(lambda: b"encrypted words" in member.data.read_bytes(), "etcd has written it")
    before = member.data.read_bytes()

    ended = _forget(member)

    after = member.data.read_bytes()
    assert ended.returncode == 0, ended.stdout
    assert b"in plain words" in before
    assert b"in plain words" not in after
    assert b"encrypted words" in after
