"""Relays connections of machines to the process that plays AWS, which listens on the loopback interface only."""

import contextlib
import socket
import threading
from collections.abc import Callable

from ...well_known import AWS_PORT

CHUNK = 65536


def relay(addresses: tuple[str, ...], target: Callable[[], tuple[str, int]]) -> None:
    """Relay every connection to these addresses of this host, in threads that end with the process."""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.create_server((address, AWS_PORT), family=family, backlog=128)
        threading.Thread(target=_accept, args=(listening, target), daemon=True).start()


def _accept(listening: socket.socket, target: Callable[[], tuple[str, int]]) -> None:
    while True:
        client, _ = listening.accept()
        try:
            server = socket.create_connection(target(), timeout=10)
        except OSError:
            client.close()
            continue
        server.settimeout(None)
        for ends in ((client, server), (server, client)):
            threading.Thread(target=_copy, args=ends, daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
