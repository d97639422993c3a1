"""The cloud of the rehearsal: a process that plays AWS, and outlives the command that started it."""

import fcntl
import hashlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..state import State

START_SECONDS = 600
"""How long the process may take to listen: a moment here, minutes on a busy machine. If it ends instead, the wait ends with it."""

ANSWER_SECONDS = 60
"""How long it may take to say its name. A process that is gone is known at once; one that is busy must not be taken for gone,
because the stacks in it would be made again elsewhere."""

STOP_SECONDS = 10
IDENTITY_PATH = "/rehearsal"


class CloudFailedError(Exception):
    """The process that plays AWS did not come up."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running cloud. Its identity is new whenever everything it held is lost."""

    pid: int
    port: int
    identity: str
    release: str
    """Which of its own sources it runs."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def running_cloud(state: State) -> Cloud | None:
    """The cloud that the state folder names, if it still answers by that name."""
    cloud = _described(state)
    return cloud if cloud and _identity_at(cloud.port) == cloud.identity else None


def _described(state: State) -> Cloud | None:
    try:
        return Cloud(**json.loads(state.place("cloud", "server.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def start_cloud(state: State, *, in_use: bool) -> Cloud:
    """The running cloud, or a new one that holds nothing.

    One that runs other sources than these is kept only while it is in use.
    """
    with _sole_starter(state):
        return _start_or_keep(state, in_use=in_use)


@contextmanager
def used_cloud(state: State, *, in_use: bool) -> Iterator[Cloud]:
    """The same, and as long as it is used here, another run that ends does not end it."""
    with state.place("cloud", "users").open("w") as users:
        with _sole_starter(state):
            cloud = _start_or_keep(state, in_use=in_use or _has_users(state))
            fcntl.flock(users, fcntl.LOCK_SH)
        yield cloud


def stop_cloud(state: State) -> None:
    """End the process, and everything it held."""
    with _sole_starter(state):
        cloud = running_cloud(state)
        if cloud:
            _stop(state, cloud)


def stop_unused_cloud(state: State) -> None:
    """End the process, unless another run is at work in it."""
    with _sole_starter(state):
        cloud = running_cloud(state)
        if cloud and not _has_users(state):
            _stop(state, cloud)


def release() -> str:
    """A name for the sources of the cloud."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _start_or_keep(state: State, *, in_use: bool) -> Cloud:
    cloud = running_cloud(state)
    if cloud and not in_use and cloud.release != release():
        _stop(state, cloud)
        cloud = None
    return cloud or _start(state)


def _has_users(state: State) -> bool:
    with state.place("cloud", "users").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _stop(state: State, cloud: Cloud) -> None:
    os.kill(cloud.pid, signal.SIGTERM)
    _wait_until_gone(cloud)
    state.place("cloud", "server.json").unlink(missing_ok=True)


def _start(state: State) -> Cloud:
    place = state.place("cloud", "server.json")
    place.unlink(missing_ok=True)
    identity = secrets.token_hex(8)
    log = state.place("cloud", "log")
    checkout = Path(__file__).parents[2]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.cloud", str(place), identity, release()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=checkout,
            # Ctrl-C in the terminal is for the command, not for the cloud that outlives it.
            start_new_session=True,
            env=os.environ | {"MOTO_ENABLE_AMI_VALIDATION": "true"},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        cloud = _described(state)
        if cloud is not None:
            return cloud
        time.sleep(0.02)
    process.kill()
    raise CloudFailedError(f"the process that plays AWS did not start; its output is in {log}")


def _identity_at(port: int) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", IDENTITY_PATH)
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _wait_until_gone(cloud: Cloud) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and _identity_at(cloud.port) == cloud.identity:
        time.sleep(0.05)


@contextmanager
def _sole_starter(state: State) -> Iterator[None]:
    with state.place("cloud", "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
