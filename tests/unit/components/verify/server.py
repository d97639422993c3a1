"""An HTTP server that answers as an API server does, commands in pods included."""

import base64
import hashlib
import json
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.unit.components.verify.model import RefusedError

ACCEPTED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What RFC 6455 hashes together with a client's key."""


class Server(ThreadingHTTPServer):
    """Serves one model."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, model):
        super().__init__(("127.0.0.1", 0), Handler)
        self.model = model
        self.known = "token"
        self.allowed = True
        self.hangs_up = False
        """Whether it closes the connection while a command runs."""
        self.page_of_another = b""
        """What the server answers if it is no API server."""
        self.page = 2
        """The objects of a page, however many are asked for."""

    def handle_error(self, request, client_address):
        """Who breaks off a connection need not be told of it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path.endswith("/exec"):
            self._execute(parts)
        else:
            self._answer(parse_qs(parts.query).get("continue", ["0"])[0])

    def do_POST(self):
        self._answer()

    def do_DELETE(self):
        self._answer()

    def _answer(self, start="0"):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._let_in()
            path = urlsplit(self.path).path
            said = self.server.model.handle(self.command, path, json.loads(body or "null"))
            self._send(200, self._page(said, int(start)))
        except RefusedError as refused:
            self._send(refused.status, {"kind": "Status", "message": str(refused)})

    def _let_in(self):
        if self.headers["Authorization"] != f"Bearer {self.server.known}":
            raise RefusedError(401, "Unauthorized")
        if not self.server.allowed:
            raise RefusedError(403, 'nodes is forbidden: User "ci" cannot list resource "nodes"')

    def _page(self, said, start):
        if not said.get("items"):
            return said
        end = start + self.server.page
        more = {"continue": str(end)} if end < len(said["items"]) else {}
        return {"metadata": more, "items": said["items"][start:end]}

    def _send(self, status, document):
        body = self.server.page_of_another or json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _execute(self, parts):
        pod, command = parts.path.split("/")[-2], parse_qs(parts.query)["command"]
        try:
            code, output, errors = self.server.model.execute(pod, command)
        except RefusedError as refused:
            self._send(refused.status, {"kind": "Status", "message": str(refused)})
            return
        key = self.headers["Sec-WebSocket-Key"] + ACCEPTED
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header(
            "Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        )
        self.send_header("Sec-WebSocket-Protocol", "v4.channel.k8s.io")
        self.end_headers()
        self.close_connection = True
        if self.server.hangs_up:
            return
        for channel, text in ((1, output), (2, errors), (3, json.dumps(ended(code, errors)))):
            self._frame(2, bytes([channel]) + text.encode())
        self._frame(8, struct.pack("!H", 1000))

    def _frame(self, opcode, payload):
        size = len(payload)
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)
        self.wfile.write(bytes([0x80 | opcode]) + length + payload)

    def log_message(self, *_):
        pass


def ended(code, errors):
    """The document in which a command's end is told."""
    if code == 0:
        return {"status": "Success"}
    if code == 127:
        return {"status": "Failure", "reason": "InternalError", "message": errors}
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
