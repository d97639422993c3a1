"""Start and stop what the machines of a rehearsal download from."""

import fcntl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from ..builds.golang import ToolError
from ..state import State
from .downloads import downloads_folder
from .processes import Record
from .registry import REGISTRY_ENVIRONMENT, answers, registry_command, registry_folder

START_SECONDS = 30

READY = "/ready"
"""A file of the release server that is always there."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where the two servers listen: an address of each family, IPv4 first, and a port for each server."""

    addresses: tuple[str, ...] = ("10.255.0.1", "fd00:255::1")
    """This machine's addresses on the rehearsal's bridge."""
    release_port: int = 8000
    registry_port: int = 5000

    @property
    def registry(self) -> str:
        """How images there are named, as in `software.imageRepository`."""
        return f"{self.addresses[0]}:{self.registry_port}"


@dataclass(frozen=True, slots=True)
class Releases:
    """What a stack's configuration and a machine's image say of the two servers."""

    release_server: str
    """As in `software.releaseServer`."""
    image_repository: str
    """As in `software.imageRepository`."""
    containerd_files: Mapping[str, str]
    """Files of a machine's image, by path, that tell containerd to speak plain HTTP to the registry."""


def serve(state: State, host: Host | None = None) -> Releases:
    """The running servers, started first where they do not run."""
    host = host or Host()
    record = Record(state.place("releases", "processes.json"))
    with _sole_starter(state):
        if not record.all_run():
            record.end()
            _start(state, host, record)
    return offered(host)


def offered(host: Host) -> Releases:
    """How the two servers are named, also while they do not run."""
    registry = host.registry
    return Releases(
        f"http://{host.addresses[0]}:{host.release_port}",
        registry,
        {
            f"/etc/containerd/certs.d/{registry}/hosts.toml": (
                f'server = "http://{registry}"\n\n'
                f'[host."http://{registry}"]\n  capabilities = ["pull", "resolve"]\n'
            )
        },
    )


def stop(state: State) -> None:
    """End both servers. What they serve stays in the cache."""
    with _sole_starter(state):
        Record(state.place("releases", "processes.json")).end()


def _start(state: State, host: Host, record: Record) -> None:
    log = state.place("releases", "log")
    log.unlink(missing_ok=True)
    checkout = Path(__file__).parent.parent.parent
    downloads_folder().mkdir(parents=True, exist_ok=True)
    (downloads_folder() / READY[1:]).touch()
    registry_folder().mkdir(parents=True, exist_ok=True)
    server = [sys.executable, "-m", "rehearsal.mirror.file_server", str(downloads_folder())]
    record.start([*server, str(host.release_port), *host.addresses], log, checkout)
    for number, address in enumerate(host.addresses):
        config = state.place("releases", f"registry-{number}.yaml")
        command = registry_command(config, _listener(address, host.registry_port))
        record.start(command, log, checkout, REGISTRY_ENVIRONMENT)
    deadline = time.monotonic() + START_SECONDS
    while not _all_answer(host):
        if not record.all_run() or time.monotonic() > deadline:
            record.end()
            raise ToolError(
                f"the release server and the registry did not start on {' and '.join(host.addresses)}; "
                f"their output is in {log}"
            )
        time.sleep(0.05)


def _all_answer(host: Host) -> bool:
    return all(
        answers(address, host.registry_port, "/v2/") and answers(address, host.release_port, READY)
        for address in host.addresses
    )


def _listener(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ip_address(address).version == 6 else f"{address}:{port}"


@contextmanager
def _sole_starter(state: State) -> Iterator[None]:
    with state.place("releases", "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
