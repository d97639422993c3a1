"""The space of etcd: which members are defragmented, in which order, and that a full etcd takes writes again."""

import base64
import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rehearsal.builds.etcd import etcd
from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster, _program
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
        return {}


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


def test_a_real_etcd_at_its_quota_takes_writes_again(cluster: Cluster, tmp_path: Path):
    port, peers = free_port(), free_port()
    machine = cluster.control_plane(etcdPort=port)
    pki = machine.root / "etc/kubernetes/pki/etcd"
    certificate, key = cluster.authority.server_files(pki, "client")
    certificate.rename(pki / "healthcheck-client.crt")
    key.rename(pki / "healthcheck-client.key")
    (pki / "ca.crt").write_text(cluster.authority.certificate)
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

    def ask(call: str, **request: Any) -> bool:
        """Whether etcd takes a call."""
        asked = urllib.request.Request(f"{url}/v3/{call}", json.dumps(request).encode())
        try:
            urllib.request.urlopen(asked, timeout=60, context=context).close()
        except OSError:
            return False
        return True

    large = base64.b64encode(b"x" * MIB).decode()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as member:
        try:
            wait_until(lambda: ask("maintenance/status"), "etcd answers")
            wait_until(lambda: not ask("kv/put", key="YQ==", value=large), "etcd is full")
            ask("kv/deleterange", key="YQ==")
            refused = not ask("kv/put", key="Yg==", value="Yg==")
            ended = machine.run("backup.py")
            taken = ask("kv/put", key="Yg==", value="Yg==")
            said = cluster.parameter(f"/dualstack/{cluster.name}/status/etcd")
            machine.run("backup.py")
        finally:
            member.terminate()

    assert (refused, ended.returncode, taken) == (True, 0, True), ended.stdout
    assert said == "etcd was at its quota and took no writes"
    assert cluster.parameter(f"/dualstack/{cluster.name}/status/etcd") is None
