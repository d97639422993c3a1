"""One member of an etcd, as the JSON gateway beside it answers."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.unit.node.authority import Authority
from tests.unit.node.machine import Machine

FEW = {
    "error": "etcdserver: re-configuration failed due to not enough started members",
    "code": 9,
    "message": "etcdserver: re-configuration failed due to not enough started members",
}
"""The refusal of a removal that would take the majority away: `IsReadyToRemoveVotingMember` in etcd's source."""


@dataclass
class Etcd:
    """What an etcd member answers, to clients with a certificate of etcd's authority."""

    members: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    leader: str = "1"
    dead: set[str] = field(default_factory=set)
    """The ids of members that do not answer the others any more."""
    led: list[str] = field(default_factory=list)
    """The members that were made leader, in order."""
    held: dict[str, bytes] = field(default_factory=dict)
    """What it stores, by its keys."""
    compacted: list[str] = field(default_factory=list)
    """The revisions up to which its history went, in order."""
    port: int = 0

    def answer(self, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:  # noqa: PLR0911 (one a call)
        match path:
            case "/v3/cluster/member/list":
                return 200, {"header": {}, "members": self.members}
            case "/v3/cluster/member/remove":
                return self._remove(request["ID"])
            case "/v3/maintenance/status":
                header = {"member_id": "1", "revision": "70"}
                return 200, {"header": header, "leader": self.leader, "dbSize": "9"}
            case "/v3/maintenance/defragment":
                return 200, {"header": {}}
            case "/v3/kv/compaction":
                self.compacted.append(request["revision"])
                return 200, {"header": {}}
            case "/v3/maintenance/transfer-leadership":
                self.leader = request["targetID"]
                self.led.append(self.leader)
                return 200, {"header": {}}
            case "/v3/kv/range":
                return 200, self._range(request)
        return 404, {"message": "Not Found"}

    def _range(self, request: dict[str, Any]) -> dict[str, Any]:
        first, end = (base64.b64decode(request[name]).decode() for name in ("key", "range_end"))
        found = sorted(key for key in self.held if first <= key < end)
        pairs = [
            {"key": _text(key.encode()), "value": _text(self.held[key])}
            for key in found[: request["limit"]]
        ]
        # The gateway leaves out what is empty or false.
        more = {"more": True} if len(found) > len(pairs) else {}
        return {"header": {}, "count": str(len(found)), **({"kvs": pairs} if pairs else {}), **more}

    def _remove(self, member: str) -> tuple[int, dict[str, Any]]:
        rest = [one for one in self.members if one["ID"] != member]
        started = [one for one in rest if one.get("name") and one["ID"] not in self.dead]
        if len(started) < len(rest) // 2 + 1:
            return 400, FEW
        self.removed.append(member)
        self.members = rest
        return 200, {"header": {}, "members": rest}


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def member(machine: Machine, number: str) -> dict[str, Any]:
    """A machine as etcd knows it: its node's name."""
    return {"ID": number, "name": machine.instance}


def let_in(machine: Machine, authority: Authority) -> None:
    """Give a machine what kubeadm leaves for clients of etcd."""
    pki = machine.root / "etc/kubernetes/pki/etcd"
    certificate, key = authority.server_files(pki, "client")
    certificate.rename(pki / "healthcheck-client.crt")
    key.rename(pki / "healthcheck-client.key")
    (pki / "ca.crt").write_text(authority.certificate)


@contextmanager
def served(etcd: Etcd, authority: Authority, folder: Path) -> Iterator[Etcd]:
    """Serve it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = etcd.answer(self.path, request)
            text = json.dumps(answer)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server_files(folder, "localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    etcd.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield etcd
    server.shutdown()
    server.server_close()
