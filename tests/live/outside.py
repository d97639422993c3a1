"""A server somewhere in the internet that remembers who came."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.live.namespaces import Namespace

PORT = 8099


@contextmanager
def listening(space: Namespace, address: str) -> Iterator[list[str]]:
    """Serve until the block ends; the list holds the address of each visitor."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.client_address[0])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    opened: socket.socket = space.listen(address, PORT)
    server.socket = opened
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
