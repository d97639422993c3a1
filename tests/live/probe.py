"""A program that asks the same questions twenty times a second, while something is done to a cluster.

It reads what to ask as one line of JSON, asks until its standard input ends, and prints what came of it. So it ends with whoever began it.
"""

import http.client
import json
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.machines.network.namespaces import CLONE_NEWNET, enter

PER_SECOND = 20
"""How often each Service and each address of the API is asked. The API's requests are reads and writes, half of each."""

SERVICE_SECONDS = 5
"""How long an answer of a Service may take. A request without one has failed."""

API_SECONDS = 30
"""How long an answer of the API may take: as long as client-go trusts a connection on which it hears nothing.
https://pkg.go.dev/k8s.io/apimachinery/pkg/util/net#SetTransportDefaults"""

REASONS = 5
"""How many failures are shown of each target."""

OBJECT = "probe"
"""The ConfigMap that is read and written. Each target writes a key of its own."""


@dataclass
class Reckoning:
    """What came of the requests to one target."""

    began: float
    """When the probe began, in seconds of any clock."""
    requests: int = 0
    failures: int = 0
    longest_gap: float = 0.0
    """The longest time between two good answers, in seconds. The beginning and the end of the probe count as answers."""
    reasons: list[str] = field(default_factory=list)
    """The first failures, each with its second."""
    written: int = 0
    """The last number that the API has confirmed; 0 if nothing is written there."""
    _answered: float = 0.0

    def __post_init__(self) -> None:
        self._answered = self.began

    def answered(self, now: float) -> None:
        """A good answer has come."""
        self.requests += 1
        self._close_gap(now)

    def failed(self, now: float, reason: str) -> None:
        """A request got another answer, or none."""
        self.requests += 1
        self.failures += 1
        if len(self.reasons) < REASONS:
            self.reasons.append(f"second {now - self.began:.1f}: {reason}")

    def end(self, now: float) -> dict[str, Any]:
        """The figures. A target that did not answer any more has a gap until the end."""
        self._close_gap(now)
        return {name: value for name, value in asdict(self).items() if name in FIGURES}

    def _close_gap(self, now: float) -> None:
        self.longest_gap = max(self.longest_gap, now - self._answered)
        self._answered = now


FIGURES = ("requests", "failures", "longest_gap", "reasons", "written")


class Connection(http.client.HTTPConnection):
    """A connection to an address, by TLS if there is a name to ask for."""

    def __init__(self, address: str, port: int, tls: ssl.SSLContext | None, name: str) -> None:
        super().__init__(address, port, timeout=API_SECONDS if tls else SERVICE_SECONDS)
        self._tls, self._name = tls, name

    def connect(self) -> None:
        self.sock = socket.create_connection((self.host, self.port), self.timeout)
        # A write in two parts would wait for the first one's acknowledgement.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._name)


def ask_service(target: Mapping[str, Any]) -> Callable[[int], None]:
    """Questions to a Service, each by a connection of its own: so each goes to any of its pods."""

    def ask(_: int) -> None:
        connection = Connection(target["address"], target["port"], None, "")
        try:
            connection.request("GET", "/name")
            _read(connection)
        finally:
            connection.close()

    return ask


def ask_api(target: Mapping[str, Any], tls: ssl.SSLContext | None) -> Callable[[int], None]:
    """Reads or writes of the ConfigMap. Each connection serves one second, so the balancer chooses every second."""
    path = f"/api/v1/namespaces/default/configmaps/{OBJECT}"
    per_second = target["per_second"]
    connection = Connection(target["address"], target["port"], tls, target["server"])

    def ask(number: int) -> None:
        if number % per_second == 1:
            connection.close()
        try:
            if target["writes"]:
                body = json.dumps({"data": {target["key"]: str(number)}})
                headers = {"Content-Type": "application/merge-patch+json"}
                connection.request("PATCH", path, body, headers)
            else:
                connection.request("GET", path)
            _read(connection)
        except Exception:
            connection.close()
            raise

    return ask


def _read(connection: Connection) -> None:
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise ValueError(f"{answer.status} {said[:200].decode(errors='replace')}")


def keep_asking(
    target: Mapping[str, Any],
    ask: Callable[[int], None],
    reckoning: Reckoning,
    stopping: threading.Event,
) -> None:
    """Ask until `stopping`, in time: after a slow answer the next question comes at once, and none is made up for."""
    number, due = 0, time.monotonic()
    while not stopping.wait(max(0.0, due - time.monotonic())):
        number += 1
        due = max(due + 1 / target["per_second"], time.monotonic())
        try:
            ask(number)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reckoning.failed(time.monotonic(), f"{type(error).__name__}: {error}")
        else:
            reckoning.answered(time.monotonic())
            reckoning.written = number if target["writes"] else 0


def credentials(given: Mapping[str, str]) -> ssl.SSLContext:
    """What the API asks for: `authority`, `certificate` and `key`, each as PEM."""
    tls = ssl.create_default_context(cadata=given["authority"])
    # Python 3.13 turned strict checks on. They require key identifiers, which not every CA's certificate has.
    tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
    # OpenSSL reads a client's certificate from files alone.
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("certificate", "key")]
        for file in files:
            file.touch(mode=0o600)
            file.write_text(given[file.name])
        tls.load_cert_chain(*files)
    return tls


def probe(asked: Mapping[str, Any], stopping: threading.Event) -> dict[str, Any]:
    """Ask all targets at once until `stopping`; the figures of each by its name."""
    tls = credentials(asked["credentials"]) if "credentials" in asked else None
    began = time.monotonic()
    found = {target["name"]: Reckoning(began) for target in asked["targets"]}

    def run(target: Mapping[str, Any]) -> None:
        # Only the thread that enters a network is in it.
        if target["network"]:
            enter(Path(target["network"]), CLONE_NEWNET)
        ask = ask_api(target, tls) if tls and target["server"] else ask_service(target)
        keep_asking(target, ask, found[target["name"]], stopping)

    threads = [threading.Thread(target=run, args=(target,)) for target in asked["targets"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: reckoning.end(time.monotonic()) for name, reckoning in found.items()}


def main() -> None:
    """Begin with the first line, and stop when there is no other."""
    asked, stopping = json.loads(sys.stdin.readline()), threading.Event()

    def watch() -> None:
        sys.stdin.read()
        stopping.set()

    threading.Thread(target=watch, daemon=True).start()
    sys.stdout.write(json.dumps(probe(asked, stopping)))


if __name__ == "__main__":
    main()
