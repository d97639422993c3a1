"""Whether machines run for the instances of a region. The supervisor of machines says so once a second.

Where it never does, no machine boots, and none can answer a lifecycle hook or shut down. The cloud then plays the machines: they
join and leave after a while, so that a rehearsal without machines goes on.
"""

import json

from .pace import SPEED

PATH = "/rehearsal/machines"
"""PUT an object here: the ids of the instances whose machines run, in a list for each region. DELETE it, and all are played again."""

_RUNNING: dict[str, frozenset[str]] = {}


def exchange(method: str, body: bytes) -> tuple[str, bytes]:
    """Answer a request at `PATH`: the status, and what is known."""
    if method == "PUT":
        _RUNNING.update(
            {region: frozenset(machines) for region, machines in json.loads(body).items()}
        )
    if method == "DELETE":
        _RUNNING.clear()
    known = {region: sorted(machines) for region, machines in _RUNNING.items()}
    return "200 OK", json.dumps(known).encode()


def is_hosted(region: str) -> bool:
    """Whether machines answer for the instances of the region."""
    return region in _RUNNING


def runs(region: str, instance: str) -> bool:
    """Whether the machine of an instance runs."""
    return instance in _RUNNING.get(region, ())


def speed(region: str) -> float:
    """How fast a wait for a machine passes: as fast as the machine's own clock, where there is one."""
    return 1.0 if is_hosted(region) else SPEED
