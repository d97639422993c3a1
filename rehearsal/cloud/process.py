"""The cloud of the rehearsal: a daemon that plays AWS."""

import hashlib
import http.client
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..daemons import Daemon
from ..state import State

ANSWER_SECONDS = 60
"""How long the process may take to answer with its identity. A process that has ended refuses the connection at once. One that
is busy, for example loading moto, must not count as ended, because the resources of its stacks would be made again."""

IDENTITY_PATH = "/rehearsal"

INTERRUPTIONS = "/rehearsal/interruptions"
"""PUT an object with `event`, `region`, and `instance` or `group`. GET answers with the notices of each instance."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running cloud. Each process has an identity of its own, since all resources are lost with the process."""

    pid: int
    port: int
    identity: str
    release: str
    """The revision of its sources, as `release()` returned it when the process started."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, path: str, body: Any, method: str = "PUT") -> Any:
        """Tell the cloud what no request of AWS can say, at a path of the rehearsal; its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, json.dumps(body))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"{path}: {said}")
        return said


def running_cloud(state: State) -> Cloud | None:
    """The cloud that the state folder names, if it answers with its identity."""
    return _running(_daemon(state))


def has_ended(state: State) -> bool:
    """Whether no process of a cloud is left. A cloud that is slow to answer has not ended."""
    return not _daemon(state).running()


def start_cloud(state: State, *, in_use: bool) -> Cloud:
    """The running cloud, or a new one without resources.

    A cloud of another revision of the sources is kept only while it is in use.
    """
    daemon = _daemon(state)
    with daemon.lock:
        return _start_or_keep(daemon, in_use=in_use)


@contextmanager
def used_cloud(state: State, *, in_use: bool) -> Iterator[Cloud]:
    """The cloud as `start_cloud` returns it. Inside the block, `stop_unused_cloud` of another run does not end it."""
    from filelock import FileLock  # noqa: PLC0415

    daemon = _daemon(state)
    user = FileLock(_users(daemon) / f"{os.getpid()}-{secrets.token_hex(4)}")
    with daemon.lock:
        cloud = _start_or_keep(daemon, in_use=in_use or _has_users(daemon))
        user.acquire()
    try:
        yield cloud
    finally:
        Path(user.lock_file).unlink(missing_ok=True)
        user.release()


def stop_cloud(state: State) -> None:
    """End the process, and with it every resource."""
    _daemon(state).end()


def stop_unused_cloud(state: State) -> None:
    """End the process, unless another run uses it."""
    daemon = _daemon(state)
    with daemon.lock:
        if not _has_users(daemon):
            daemon.end()


def release() -> str:
    """The revision of the cloud's sources: a hash of them."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _daemon(state: State) -> Daemon:
    return Daemon("the process that plays AWS", state.folder / "cloud", ready="server.json")


def _running(daemon: Daemon) -> Cloud | None:
    cloud = _described(daemon)
    return cloud if cloud and _identity_at(cloud.port) == cloud.identity else None


def _described(daemon: Daemon) -> Cloud | None:
    try:
        return Cloud(**json.loads(daemon.ready.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _start_or_keep(daemon: Daemon, *, in_use: bool) -> Cloud:
    cloud = _running(daemon)
    if cloud and (in_use or cloud.release == release()):
        return cloud
    daemon.end()
    daemon.start(
        [
            *(sys.executable, "-m", "rehearsal.cloud"),
            *(str(daemon.ready), secrets.token_hex(8), release()),
        ],
        answers=lambda: _described(daemon),
        environment={"MOTO_ENABLE_AMI_VALIDATION": "true"},
    )
    return Cloud(**json.loads(daemon.ready.read_text()))


def _users(daemon: Daemon) -> Path:
    """A folder with a locked file for each run that uses the cloud."""
    folder = daemon.folder / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _has_users(daemon: Daemon) -> bool:
    from filelock import FileLock, Timeout  # noqa: PLC0415

    for file in _users(daemon).iterdir():
        try:
            with FileLock(file, blocking=False):
                # The kernel released the lock when its run was killed.
                file.unlink(missing_ok=True)
        except Timeout:
            return True
    return False


def _identity_at(port: int) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", IDENTITY_PATH)
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
