"""Feature gates of components by minor: when each is known, and when it is locked, in `feature_gates.csv`.

Read in the sources of every minor's last patch: those of Kubernetes itself, of its API server's libraries, of logging and of its client.
"""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .minors import Minors

GATES = Path(__file__).with_name("feature_gates.csv")


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: the minors that know it, and the first minor in which it is locked to one value. A component does not start with another."""

    minors: Minors
    locked: int | None
    value: bool
    """What it is locked to."""


def gate_of(name: str) -> Gate | None:
    """The gate of this name; None if no minor knows it."""
    return _gates().get(name)


def gates_of(minor: int) -> Collection[str]:
    """The names of the gates that a minor knows."""
    return [name for name, gate in _gates().items() if minor in gate.minors]


@cache
def _gates() -> Mapping[str, Gate]:
    with GATES.open(newline="") as file:
        return {
            row["gate"]: Gate(
                Minors.read(row),
                int(row["locked"]) if row["locked"] else None,
                row["value"] == "true",
            )
            for row in csv.DictReader(file)
        }
