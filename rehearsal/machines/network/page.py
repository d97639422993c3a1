"""A web page on the internet whose content is the address of its visitor."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .namespaces import Namespace

PORT = 8099


@contextmanager
def page(space: Namespace, address: str) -> Iterator[list[str]]:
    """Serve the page until the block ends. The list holds the address of each visitor."""
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
            """Log nothing: the list holds the visits."""

    server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = space.listen(address, PORT)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
