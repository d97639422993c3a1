"""The instance metadata service of one VPC, version 2. It identifies a machine by the sender's address."""

import http.server
import re
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol, cast

from ..view.survey import InstanceView
from .metadata import Tree, identity_document, look_up

LIFETIMES = range(1, 21601)
CREDENTIALS = re.compile(r"iam/security-credentials/([^/]+)/?")
VERSION = re.compile(r"/(latest|[0-9]{4}-[0-9][0-9]-[0-9][0-9])/(.*)")


class Machines(Protocol):
    """The source of the service's answers."""

    def at(self, address: str) -> InstanceView | None: ...
    def tree(self, instance: InstanceView) -> Tree: ...
    def user_data(self, instance: InstanceView) -> bytes: ...
    def credentials(self, instance: InstanceView) -> str: ...


@dataclass
class Tokens:
    """Session tokens. Each is valid for one machine, until it expires."""

    _known: dict[str, tuple[str, float]] = field(default_factory=dict)

    def new(self, instance: str, seconds: int) -> str:
        token = secrets.token_urlsafe(40)
        self._known[token] = (instance, time.monotonic() + seconds)
        return token

    def holds(self, token: str, instance: str) -> bool:
        owner, until = self._known.get(token, ("", 0.0))
        return owner == instance and time.monotonic() < until


class MetadataService:
    """A server on each of the service's two addresses."""

    def __init__(self, machines: Machines, listeners: list[socket.socket]) -> None:
        self._servers = [_Server(listening, machines, Tokens()) for listening in listeners]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listening: socket.socket, machines: Machines, tokens: Tokens) -> None:
        self.machines, self.tokens = machines, tokens
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "EC2ws"
    timeout = 20

    @property
    def _imds(self) -> _Server:
        return cast("_Server", self.server)

    def do_PUT(self) -> None:
        instance = self._who()
        if instance is None:
            return
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            self._answer(404)
        elif self.headers.get("X-Forwarded-For"):
            self._answer(403)
        elif not re.fullmatch(r"[0-9]+", lifetime) or int(lifetime) not in LIFETIMES:
            self._answer(400)
        else:
            token = self._imds.tokens.new(instance.id, int(lifetime))
            self._answer(200, token, {"X-aws-ec2-metadata-token-ttl-seconds": lifetime})

    def do_GET(self) -> None:
        instance = self._who()
        if instance is None:
            return
        token = self.headers.get("X-aws-ec2-metadata-token")
        if not self._may_ask(token, instance):
            self._answer(401)
        else:
            found = self._find(instance)
            self._answer(200 if found is not None else 404, found or "")

    def _may_ask(self, token: str | None, instance: InstanceView) -> bool:
        if token is None:
            return not instance.needs_token
        return self._imds.tokens.holds(token, instance.id)

    def _who(self) -> InstanceView | None:
        """The machine that asks. Its own hop limit is set on the connection, and so applies to every answer."""
        instance = self._imds.machines.at(self.client_address[0])
        if instance is None:
            self._answer(404)
            return None
        if self.connection.family == socket.AF_INET6:
            self.connection.setsockopt(
                socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, instance.hop_limit
            )
        else:
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, instance.hop_limit)
        return instance

    def _find(self, instance: InstanceView) -> str | bytes | None:
        asked = VERSION.fullmatch(self.path)
        if asked is None:
            return None
        machines = self._imds.machines
        whole = {
            "": lambda: "dynamic\nmeta-data\nuser-data",
            "user-data": lambda: machines.user_data(instance) or None,
            "dynamic": lambda: "instance-identity/",
            "dynamic/instance-identity": lambda: "document",
            "dynamic/instance-identity/document": lambda: identity_document(instance),
        }
        path = asked[2].strip("/")
        if path in whole:
            return whole[path]()
        top, _, rest = path.partition("/")
        return self._describe(machines, instance, rest) if top == "meta-data" else None

    def _describe(self, machines: Machines, instance: InstanceView, path: str) -> str | None:
        tree = machines.tree(instance)
        role = CREDENTIALS.fullmatch(path)
        if role and look_up(tree, path) is not None:
            return machines.credentials(instance)
        return look_up(tree, path)

    def _answer(
        self, code: int, body: str | bytes = "", headers: dict[str, str] | None = None
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 http.server's name
        """Log nothing: the answer for a role's path holds credentials."""
