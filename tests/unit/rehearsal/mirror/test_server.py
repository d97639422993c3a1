"""The release server, on an address of each family."""

import socket
import threading
import urllib.error
import urllib.request

import pytest

from rehearsal.mirror.file_server import FileServer


@pytest.fixture(params=["127.0.0.1", "::1"])
def base(request, tmp_path):
    """Where it serves one file."""
    (tmp_path / "release").mkdir()
    (tmp_path / "release/kubelet").write_text("the kubelet")
    with FileServer(request.param, 0, tmp_path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"[{request.param}]" if ":" in request.param else request.param
        yield f"http://{host}:{server.server_port}"
        server.shutdown()


def test_a_file_is_served_in_each_family(base):
    with urllib.request.urlopen(f"{base}/release/kubelet") as answer:
        assert answer.read() == b"the kubelet"


@pytest.mark.parametrize("path", ["/release/", "/nothing"])
def test_what_is_no_file_is_not_there(base, path):
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(base + path)

    assert error.value.code == 404


def test_it_can_start_again_where_it_has_just_ended(tmp_path):
    with FileServer("127.0.0.1", 0, tmp_path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(server.server_address) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            while client.recv(1024):
                pass
        server.shutdown()

    # The connection that the server was first to close still holds its port for a minute.
    with FileServer("127.0.0.1", server.server_port, tmp_path) as again:
        assert again.server_port == server.server_port
