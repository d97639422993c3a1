"""A hop: a cluster that runs goes to the next minor. How long that takes, and how long its API is away meanwhile."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from components.facts import ports
from components.facts.versions import CONTROL_PLANE, MINORS, patch_of
from components.readiness import answers
from rehearsal.daemons import wait_until
from rehearsal.machines.access import is_ready
from rehearsal.machines.machine import Machine
from rehearsal.machines.network.namespaces import CLONE_NEWNET, enter
from rehearsal.machines.shell import LiveError
from rehearsal.machines.supervisor import Supervisor
from rehearsal.state import State

from .by_hand import ADMIN, KUBECTL

AUTHORITY = "etc/kubernetes/pki/ca.crt"
CONTROL_PLANES, NODES = "control planes", "nodes"
SECONDS = 1800
LOOK_SECONDS = 0.5
ASK_SECONDS = 0.05


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
    address, wanted = _address(machine), f"v{patch_of(minor)}"
    found: dict[str, float] = {}
    gaps: list[float] = []
    began = time.monotonic()

    def look(over: threading.Event) -> None:
        while not over.wait(LOOK_SECONDS):
            # A look that the API does not answer is left out.
            with contextlib.suppress(LiveError, ValueError):
                for what in _arrived(_nodes(machine), wanted):
                    found.setdefault(what, time.monotonic() - began)

    def ask(over: threading.Event) -> None:
        authority = (machine.root / AUTHORITY).read_text()
        enter(machine.namespace.path, CLONE_NEWNET)
        answered = time.monotonic()
        while not over.wait(ASK_SECONDS):
            if answers(f"https://{address}:{ports.API}", authority):
                gaps.append(time.monotonic() - answered)
                answered = time.monotonic()
        gaps.append(time.monotonic() - answered)

    with _meanwhile(ask), _meanwhile(look):
        change()
        if not wait_until(lambda: NODES in found, SECONDS, LOOK_SECONDS):
            raise LiveError(f"waited {SECONDS} s for every node to be at {wanted}")
    return Hop(found[CONTROL_PLANES], found[NODES], max(gaps))


def _arrived(nodes: list[dict[str, Any]], version: str) -> Iterator[str]:
    """Which of the two are Ready with this version of the kubelet: control planes, and all nodes."""
    chosen = {CONTROL_PLANES: list(filter(_is_control_plane, nodes)), NODES: nodes}
    for what, members in chosen.items():
        if all(
            node["status"]["nodeInfo"]["kubeletVersion"] == version and is_ready(node)
            for node in members
        ):
            yield what


def _control_plane(state: State) -> Machine:
    """The machine that has the administrator's kubeconfig."""
    supervisor = Supervisor(state)
    machines = [supervisor.machine(path.name) for path in supervisor.machines.iterdir()]
    return next(one for one in machines if (one.root / ADMIN.lstrip("/")).exists())


def _nodes(machine: Machine) -> list[dict[str, Any]]:
    return json.loads(machine.run(*KUBECTL, "get", "nodes", "--output=json"))["items"]


def _address(machine: Machine) -> str:
    node = next(filter(_is_control_plane, _nodes(machine)))
    addresses = node["status"]["addresses"]
    return next(one["address"] for one in addresses if one["type"] == "InternalIP")


def _is_control_plane(node: dict[str, Any]) -> bool:
    return CONTROL_PLANE in node["metadata"]["labels"]


@contextlib.contextmanager
def _meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Work in a thread while the block runs. The event that `work` gets is set at the block's end."""
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
