"""The process that plays AWS: moto's server, over connections that stay open.

werkzeug closes each connection after one answer, and a stack takes a thousand of them. The version of
moto is locked, so what is put right in it is known.
"""

import gc
import io
import socket
import threading
from socketserver import ThreadingMixIn
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer

from . import (
    acls,
    address_blocks,
    authorization,
    cascades,
    gateway_routes,
    groups,
    launches,
    private_dns,
    scaling,
    ubuntu_images,
)

IDENTITY_PATH = "/rehearsal"
"""Answers with the identity of this process, which is new whenever everything it held is lost."""

SERVICES = ("ec2", "sts", "iam", "ssm", "elbv2", "autoscaling", "logs", "route53")
"""Loading them takes seconds, the first of them two."""


class Handler(MotoRequestHandler):
    """Reads a request whole, answers it whole, and waits for the next on the same connection."""

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
        status, headers, answer = self.server.app(environ)  # type: ignore[attr-defined]
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "server", "date"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: what is asked here is seen in the engine's own progress."""


class Application:
    """moto, one request at a time: its models are not made for threads."""

    def __init__(self, identity: str) -> None:
        self.identity = identity.encode()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Load the services a stack needs, while the engine is still starting."""
        for service in SERVICES:
            with self._lock:
                self._moto.app_instances[service] = create_backend_app(service)

    def __call__(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        if environ["PATH_INFO"] == IDENTITY_PATH:
            return "200 OK", [("Content-Type", "text/plain")], self.identity
        started: list[Any] = []
        with self._lock:
            parts = self._moto(
                environ, lambda status, headers, _=None: started.extend((status, headers))
            )
            answer = b"".join(parts)
            getattr(parts, "close", lambda: None)()
        status, headers = started[:2]
        return status, headers, answer


class Server(ThreadingMixIn, BaseWSGIServer):
    """A thread for each connection."""

    daemon_threads = True
    multithread = True


def serve(listening: socket.socket, *, identity: str) -> None:
    """Answer what is asked at a socket of the loopback interface, for ever."""
    for part in (
        acls,
        address_blocks,
        authorization,
        cascades,
        gateway_routes,
        groups,
        launches,
        private_dns,
        scaling,
        ubuntu_images,
    ):
        part.repair()
    application = Application(identity)
    server = Server(*listening.getsockname(), application, Handler, fd=listening.fileno())  # type: ignore[arg-type]
    threading.Thread(target=_load, args=(application,), daemon=True).start()
    server.serve_forever()


def _load(application: Application) -> None:
    """Load everything, and from then on look for what can go only among what is made later."""
    application.warm()
    gc.freeze()
    gc.enable()
