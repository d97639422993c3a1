"""e2e.test, upstream's end-to-end tests: the images that it asks for, and a run of it."""

import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..live.shell import LiveError, run
from ..live.trial import finished
from .report import Outcome, outcomes

FEATURE = r"\[Feature:IPv6DualStack\]"
OF_SCTP = r"\[Feature:SCTPConnectivity\]"

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one version, with a folder for what they write and a registry for what they pull."""

    program: Path
    folder: Path
    registry: str

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def agnhost_tags(self) -> list[str]:
        """The tags by which it asks for agnhost."""
        listed = run(
            *("env", *(f"{name}={value}" for name, value in self._environment().items())),
            *(self.program, "--list-images"),
        )
        image = re.compile(rf"{re.escape(self.registry)}/agnhost:(\S+)")
        return sorted({found[1] for found in map(image.fullmatch, listed.split()) if found})

    def run(
        self, kubeconfig: str, kubectl: Path, told: Told, *, started_by: Sequence[str] = ()
    ) -> list[Outcome]:
        """Run every spec of the feature that this kernel can, and read how they ended."""
        environment = self._environment()
        admin = self.folder / "kubeconfig"
        admin.touch(mode=0o600)
        admin.write_text(kubeconfig)
        report = self.folder / "report" / "junit_01.xml"
        report.unlink(missing_ok=True)
        with _listener(told) as address, self.log.open("w") as output:
            code = finished(
                [
                    *started_by,
                    self.program,
                    f"--kubeconfig={admin}",
                    f"--kubectl-path={kubectl}",
                    "--provider=skeleton",
                    "--disable-log-dump",
                    f"--ginkgo.focus={FEATURE}",
                    *([] if has_sctp() else [f"--ginkgo.skip={OF_SCTP}"]),
                    "--ginkgo.v",
                    "--ginkgo.no-color",
                    f"--report-dir={report.parent}",
                    f"--progress-report-url={address}",
                ],
                stdout=output,
                stderr=output,
                env=os.environ | environment,
            )
        found = outcomes(report) if report.exists() else []
        if not found or (code and not any(outcome.failure for outcome in found)):
            raise LiveError(
                f"upstream's tests ended with {code}, and their report names "
                f"{len(found)} specs and no failure; all they said: {self.log}"
            )
        return found

    def _environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        places = self.folder / "registries.yaml"
        places.write_text(f"promoterE2eRegistry: {self.registry}\n")
        return {"KUBE_TEST_REPO_LIST": str(places)}


def has_sctp() -> bool:
    """Whether the kernel speaks SCTP; without it a spec that does can only time out."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


@contextmanager
def _listener(told: Told) -> Iterator[str]:
    """An address for reports of progress."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
            """Nothing: what is told is shown elsewhere."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
