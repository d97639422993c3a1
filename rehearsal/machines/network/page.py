"""A page somewhere on the internet that says who came."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .namespaces import Namespace

PORT = 8099


@contextmanager
def page(space: Namespace, address: str) -> Iterator[list[str]]:
    """Serve until the block ends; the list holds the address of each visitor."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visitor = self.client_address[0]
            seen.append(visitor)
            self.send_response(200)
            self.send_header("Content-Length", str(len(visitor)))
            self.end_headers()
            self.wfile.write(visitor.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (so named there)
            """Visits are for the list alone."""

    server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = space.listen(address, PORT)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
