"""What the process that plays AWS answers when it fails itself."""

import threading
import urllib.error
import urllib.request

import pytest

from rehearsal.cloud.server import KeepAliveHandler, KeepAliveServer


def fails(_):
    raise KeyError("i-<0123>")


def test_a_request_that_fails_inside_is_answered_with_the_cause(capfd):
    server = KeepAliveServer("127.0.0.1", 0, fails, KeepAliveHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()

    assert error.value.code == 500
    assert "<Code>InternalError</Code>" in (said := error.value.read().decode())
    assert "KeyError: 'i-&lt;0123&gt;'" in said
    assert "KeyError" in capfd.readouterr().err
