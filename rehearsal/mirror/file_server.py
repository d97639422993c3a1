"""The release server: it serves a folder over plain HTTP, on several addresses."""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET, AF_INET6
from socketserver import TCPServer


class FileHandler(SimpleHTTPRequestHandler):
    """Sends files over connections that stay open."""

    protocol_version = "HTTP/1.1"

    def list_directory(self, path: object) -> None:  # noqa: ARG002 (http.server's signature)
        """Answer 404: machines ask a mirror for files only."""
        self.send_error(404)


class FileServer(ThreadingHTTPServer):
    """A server on one address, of either family."""

    def __init__(self, address: str, port: int, folder: Path) -> None:
        self.address_family = AF_INET6 if ip_address(address).version == 6 else AF_INET
        super().__init__((address, port), partial(FileHandler, directory=str(folder)))

    def server_bind(self) -> None:
        """Bind without looking up the host's own name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]


def main(folder: str, port: str, *addresses: str) -> None:
    """Serve until the process is ended."""
    servers = [FileServer(address, int(port), Path(folder)) for address in addresses]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
