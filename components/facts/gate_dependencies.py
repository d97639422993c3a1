"""Feature gates that need others, and those that are needed, from 1.35 on, when components began to ask for it: `gate_dependencies.csv`.

Read in the sources of each minor, beside the versions of a gate:
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/features/kube_features.go (defaultKubernetesFeatureGateDependencies)
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .minors import Minors

DEPENDENCIES = Path(__file__).with_name("gate_dependencies.csv")


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate in a minor, as long as nobody says anything of it."""

    stage: str
    """`alpha` or `beta`, by which it can be swept on or off with others. Empty for a gate of another stage."""
    on: bool
    needs: tuple[str, ...]
    """The gates without which a component does not start while this one is on."""


def states_in(minor: int) -> Mapping[str, GateState]:
    """The gates of a minor that need others or are needed, by name. None before 1.35."""
    return {name: state for name, minors, state in _states() if minor in minors}


@cache
def _states() -> tuple[tuple[str, Minors, GateState], ...]:
    with DEPENDENCIES.open(newline="") as file:
        return tuple(
            (
                row["gate"],
                Minors.read(row),
                GateState(row["stage"], row["on"] == "true", tuple(row["needs"].split())),
            )
            for row in csv.DictReader(file)
        )
