"""A cluster to verify, behind a real HTTP server and the real client."""

import json
import threading
from contextlib import contextmanager

import pytest

from components.verify import client, probe, reach
from components.verify.command import main
from tests.support.patience import PATIENCE_SECONDS
from tests.unit.components.verify.model import OUTSIDE
from tests.unit.components.verify.server import Server

EGRESS = [
    f"--egress-ipv{6 if ':' in host else 4}={f'http://[{host}]/' if ':' in host else host}"
    for host in OUTSIDE
]


class Verification:
    """One run of the command, against one server."""

    def __init__(self, server, kubeconfig, capsys):
        self.server, self.model = server, server.model
        self.kubeconfig = str(kubeconfig)
        self._capsys = capsys
        self.code = None

    def run(self, *options):
        """Exit code, output, and errors."""
        self.code = main(["--kubeconfig", self.kubeconfig, *EGRESS, *options])
        captured = self._capsys.readouterr()
        return self.code, captured.out, captured.err

    def findings(self, *options):
        """What was found, as JSON."""
        return json.loads(self.run("--json", *options)[1])["findings"]


@pytest.fixture
def verification(tmp_path, capsys, monkeypatch):
    """Verify a model, which always answers in the end."""
    monkeypatch.setattr(client, "COMMAND_PATIENCE", PATIENCE_SECONDS)
    monkeypatch.setattr(probe, "READY_WITHIN", PATIENCE_SECONDS)
    monkeypatch.setattr(probe, "GONE_WITHIN", PATIENCE_SECONDS)
    # A name that is not there at once is there never.
    monkeypatch.setattr(reach, "KNOWN_WITHIN", 0)

    @contextmanager
    def serving(model):
        server = Server(model)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": server.url}}],
                    "users": [{"name": "u", "user": {"token": "token"}}],
                }
            )
        )
        try:
            yield Verification(server, kubeconfig, capsys)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serving
