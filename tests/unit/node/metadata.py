"""Instance metadata as EC2 serves it: a token first, then values, 404 for what there is not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6

TOKEN = "metadata-token"


@dataclass
class Metadata:
    """One instance's metadata, by path below /latest/meta-data/."""

    values: dict[str, str]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    appears_after: dict[str, int] = field(default_factory=dict)
    """How often a path is asked for before it has a value."""

    def answer(self, path: str) -> str | None:
        self.asked.append(path)
        if self.asked.count(path) <= self.appears_after.get(path, 0):
            return None
        return self.values.get(path)


@contextmanager
def served(metadata: Metadata, address: str = "127.0.0.1") -> Iterator[Metadata]:
    """Serve it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            wanted = self.path == "/latest/api/token"
            has_lifetime = self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
            self.say(200 if wanted and has_lifetime else 400, TOKEN)

        def do_GET(self) -> None:
            if self.headers["X-aws-ec2-metadata-token"] != TOKEN:
                return self.say(401, "")
            value = metadata.answer(self.path.removeprefix("/latest/meta-data/"))
            return self.say(404 if value is None else 200, value or "")

        def say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = AF_INET6 if ":" in address else AF_INET

        def server_bind(self) -> None:
            # The class's own looks up this host's name, which may take seconds.
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    server = Server((address, 0), Handler)
    host = f"[{address}]" if ":" in address else address
    metadata.url = f"http://{host}:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield metadata
    server.shutdown()
    server.server_close()
