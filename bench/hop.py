"""A hop: a cluster that runs goes to the next minor. How long that takes, and how long its API is away meanwhile."""

import contextlib
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from components.facts import ports
from components.facts.versions import CONTROL_PLANE, MINORS, patch_of
from rehearsal.daemons import wait_until
from rehearsal.machines.access import is_ready
from rehearsal.machines.machine import Machine
from rehearsal.machines.network.namespaces import CLONE_NEWNET, enter
from rehearsal.machines.shell import LiveError
from rehearsal.machines.supervisor import Supervisor
from rehearsal.state import State

ADMIN = "/etc/kubernetes/admin.conf"
SECONDS = 1800
ANSWER_SECONDS = 2
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Hop:
    """What was measured of one hop, in seconds."""

    control_plane: float
    """Until the control plane is Ready with the kubelet of the next minor, which is what changes last on it."""
    nodes: float
    """Until every node is."""
    away: float
    """The longest time between two good answers of the API server at `/readyz`."""


def next_minor(minor: str) -> str:
    """The minor after one like 1.36. Raises LiveError if there is none."""
    following = int(minor.split(".")[1]) + 1
    if following not in MINORS:
        raise LiveError(f"{minor} is the newest minor, so nothing follows it")
    return f"1.{following}"


def measured(state: State, minor: str, change: Callable[[], object]) -> Hop:
    """The figures of `change`, which brings the cluster of a state folder, with one control plane, to a minor."""
    machine = _control_plane(state)
    wanted = f"v{patch_of(minor)}"
    found: dict[str, float] = {}
    began = time.monotonic()

    def look() -> None:
        nodes = _nodes(machine)
        there = {_is_control_plane(node): True for node in nodes}
        for node in nodes:
            there[_is_control_plane(node)] &= _is_at(wanted, node)
        for what, done in (("control plane", there[True]), ("nodes", all(there.values()))):
            if done:
                found.setdefault(what, time.monotonic() - began)

    with _asking(machine, _address(machine)) as gaps, _repeating(look, 0.5):
        change()
        if not wait_until(lambda: "nodes" in found, SECONDS, 0.5):
            raise LiveError(f"waited {SECONDS} s for every node to be at {wanted}")
    return Hop(found["control plane"], found["nodes"], max(gaps))


def _control_plane(state: State) -> Machine:
    """The machine that has the administrator's kubeconfig."""
    supervisor = Supervisor(state)
    machines = [supervisor.machine(path.name) for path in supervisor.machines.iterdir()]
    return next(one for one in machines if (one.root / ADMIN.lstrip("/")).exists())


def _nodes(machine: Machine) -> list[dict[str, Any]]:
    found = machine.run("kubectl", f"--kubeconfig={ADMIN}", "get", "nodes", "--output=json")
    return json.loads(found)["items"]


def _address(machine: Machine) -> str:
    node = next(node for node in _nodes(machine) if _is_control_plane(node))
    addresses = node["status"]["addresses"]
    return next(one["address"] for one in addresses if one["type"] == "InternalIP")


def _is_control_plane(node: dict[str, Any]) -> bool:
    return CONTROL_PLANE in node["metadata"]["labels"]


def _is_at(version: str, node: dict[str, Any]) -> bool:
    return node["status"]["nodeInfo"]["kubeletVersion"] == version and is_ready(node)


@contextlib.contextmanager
def _repeating(look: Callable[[], None], pause: float) -> Iterator[None]:
    """Look again and again while the block runs. A look that the API does not answer is left out."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(pause):
            with contextlib.suppress(LiveError, ValueError):
                look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _asking(machine: Machine, address: str) -> Iterator[list[float]]:
    """Ask the API server from its machine's network while the block runs; the times between two good answers."""
    over, gaps = threading.Event(), [0.0]

    def ask() -> None:
        enter(machine.namespace.path, CLONE_NEWNET)
        answered = time.monotonic()
        while not over.wait(PAUSE_SECONDS):
            if _is_ready(address):
                gaps.append(time.monotonic() - answered)
                answered = time.monotonic()
        gaps.append(time.monotonic() - answered)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield gaps
    finally:
        over.set()
        thread.join()


def _is_ready(address: str) -> bool:
    # The answer is a word that anybody may read, so nothing is gained by checking who gives it.
    unchecked = ssl._create_unverified_context()  # noqa: S323
    connection = http.client.HTTPSConnection(
        address, ports.API, timeout=ANSWER_SECONDS, context=unchecked
    )
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
