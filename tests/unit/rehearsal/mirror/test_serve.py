"""The release server and the registry as one daemon, with a stand-in for the registry."""

import socket
import sys
import threading

import pytest

from rehearsal import mirror
from rehearsal.daemons import DaemonError
from rehearsal.mirror.file_server import FileServer
from rehearsal.mirror.registry import answers
from rehearsal.state import State

REGISTRY = """
import http.server, socketserver, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_request(self, *_):
        "Log nothing, as the registry is configured."

class Server(http.server.HTTPServer):
    server_bind = socketserver.TCPServer.server_bind

Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A state folder, with an empty cache and a registry that needs no build."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "rehearsal.mirror.servers.registry_command",
        lambda _, address: [sys.executable, "-c", REGISTRY, *address.rsplit(":", 1)],
    )
    made = State(tmp_path / "state")
    yield made
    mirror.stop(made)


def endpoints():
    return mirror.MirrorEndpoints(("127.0.0.1",), free_port(), free_port())


def test_both_servers_answer_once_started_and_no_more_once_stopped(state):
    places = endpoints()

    served = mirror.serve(state, places)
    during = [
        answers("127.0.0.1", places.release_port, "/ready"),
        served == mirror.serve(state, places),
    ]
    mirror.stop(state)

    assert during == [True, True]
    assert served.release_server == f"http://127.0.0.1:{places.release_port}"
    assert not answers("127.0.0.1", places.release_port, "/ready")
    assert not answers("127.0.0.1", places.registry_port, "/v2/")


def test_servers_that_cannot_listen_are_told_of_with_their_log_and_ended(state, tmp_path):
    with FileServer("127.0.0.1", 0, tmp_path / "nothing") as another:
        threading.Thread(target=another.serve_forever, daemon=True).start()
        places = mirror.MirrorEndpoints(("127.0.0.1",), another.server_port, free_port())
        with pytest.raises(
            DaemonError, match="the release server and the registry did not start"
        ) as error:
            mirror.serve(state, places)
        another.shutdown()

    assert "Address already in use" in str(error.value)
    assert not answers("127.0.0.1", places.registry_port, "/v2/")
