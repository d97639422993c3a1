"""The process that plays AWS: moto's server, over persistent connections.

werkzeug closes each connection after one answer, and one run of a stack sends a thousand requests. The version of moto is
locked, so the behaviour that is repaired here does not change under us.
"""

import io
import socket
import sys
import threading
import traceback
from importlib import import_module
from socketserver import ThreadingMixIn
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer

from .. import garbage
from . import hosting, interruptions, pace, shortages
from .pace import PACE
from .process import IDENTITY_PATH

PARTS = (
    *("acls", "activities", "address_blocks", "authorization", "bucket_policies", "cascades"),
    "delete_markers",
    *("gateway_routes", "group_settings", "groups", "hooks", "identities", "instance_ids"),
    # Before `launches`, which gives it the disks of a template.
    *("assembly", "launches", "members"),
    *(
        "modifications",
        "parameter_keys",
        "placement_groups",
        "power",
        "private_dns",
        "public_access",
        "public_images",
        "refresh_requests",
        "revoked_rules",
        "scaling",
    ),
    *("template_tags", "transit_gateways"),
)
"""Modules of this package that repair moto: each has a function `repair`, called once, before the first request."""

TOLD = {part.PATH: part.exchange for part in (hosting, interruptions, pace, shortages)}
"""What a rehearsal or a test tells the cloud, by its path: the status and the body of the answer to a method and a body."""

FAILED = "500 Internal Server Error"

INTERNAL_ERROR = "<Response><Errors><Error><Code>InternalError</Code><Message>{what}</Message></Error></Errors></Response>"
"""What a client of EC2 reads when moto or a repair of it fails. The log has the whole of it."""

RESET_PATH = "/moto-api/reset"
"""POST here, and moto drops every resource."""

SERVICES = ("ec2", "sts", "iam", "ssm", "kms", "elbv2", "autoscaling", "logs", "route53")
"""The services that a stack calls. Loading them takes seconds, two of which go into the first."""


class KeepAliveHandler(MotoRequestHandler):
    """Reads a whole request, writes a whole answer, and waits for the next request on the same connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(body)
        environ.pop("wsgi.input_terminated", None)
        environ["CONTENT_LENGTH"] = str(length)
        try:
            status, headers, answer = self.server.app(environ)  # type: ignore[attr-defined]
        except Exception as error:  # noqa: BLE001 (a request that fails must not end without an answer)
            traceback.print_exc(file=sys.stderr)
            what = escape(f"{type(error).__name__}: {error}")
            status, headers, answer = FAILED, [], INTERNAL_ERROR.format(what=what).encode()
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        # The answer to HEAD has the length of what GET would answer, and no body.
        own = ("connection", "server", "date")
        if self.command != "HEAD":
            own += ("content-length",)
        for name, value in headers:
            if name.lower() not in own:
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the engine's own progress shows what happens."""


class Application:
    """moto, one request at a time: its models are not thread-safe."""

    def __init__(self, identity: str) -> None:
        self.identity = identity.encode()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Load the services that a stack calls, while the engine is still starting."""
        for service in SERVICES:
            with self._lock:
                self._moto.app_instances[service] = create_backend_app(service)

    def __call__(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        if environ["PATH_INFO"] == IDENTITY_PATH:
            return "200 OK", [("Content-Type", "text/plain")], self.identity
        started: list[Any] = []
        with self._lock:
            told = TOLD.get(environ["PATH_INFO"])
            if told:
                body = environ["wsgi.input"].read()
                status, answer = told(environ["REQUEST_METHOD"], body)
                return status, [("Content-Type", "application/json")], answer
            if environ["PATH_INFO"] == RESET_PATH:
                PACE.forget()
            PACE.catch_up()
            parts = self._moto(
                environ, lambda status, headers, _=None: started.extend((status, headers))
            )
            answer = b"".join(parts)
            getattr(parts, "close", lambda: None)()
        status, headers = started[:2]
        return status, headers, answer


class KeepAliveServer(ThreadingMixIn, BaseWSGIServer):
    """One thread for each connection."""

    daemon_threads = True
    multithread = True


def serve(listening: socket.socket, *, identity: str) -> None:
    """Answer requests at a socket of the loopback interface until the process is ended."""
    for part in PARTS:
        import_module(f".{part}", __package__).repair()
    application = Application(identity)
    address = listening.getsockname()
    server = KeepAliveServer(*address, application, KeepAliveHandler, fd=listening.fileno())  # type: ignore[arg-type]
    threading.Thread(target=_load, args=(application,), daemon=True).start()
    server.serve_forever()


def _load(application: Application) -> None:
    application.warm()
    garbage.search_only_later_objects()
