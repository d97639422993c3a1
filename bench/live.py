"""`make bench-live`: a cluster from nothing, then to the next minor, against kubeadm by hand on the same machines in the same run."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from rich.console import Console
from rich.table import Table

from rehearsal import mirror
from rehearsal.builds.golang import ToolError
from rehearsal.cloud import stop_cloud
from rehearsal.daemons import DaemonError
from rehearsal.machines import host
from rehearsal.machines.shell import LiveError
from rehearsal.machines.supervisor import Supervisor
from rehearsal.machines.trial import Trial
from rehearsal.state import State

from . import by_hand, hop

STACK = "ipv4first"
GOALS = "goals: 1.30 from nothing, 1.00 to the next minor"

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Life:
    """The figures of one cluster, in seconds."""

    ready: float
    """From nothing until every node is Ready."""
    hop: hop.Hop


ROWS: dict[str, Callable[[Life], float]] = {
    "from nothing to Ready": lambda life: life.ready,
    "to the next minor: the control plane": lambda life: life.hop.control_plane,
    "to the next minor: every node": lambda life: life.hop.nodes,
    "to the next minor: without the API": lambda life: life.hop.away,
}


def main() -> int:
    """Run the measurement and print its table."""
    trial = Trial(STACK, State(State.of_user().place("bench")))
    try:
        minor = hop.next_minor(trial.minor)
        host.check()
        host.install()
        for needed in (trial.minor, minor):
            mirror.prepare(needed, console.print)
        program, floor = against_hands(trial, minor, int(os.environ.get("ROUNDS", "1")))
    except (DaemonError, LiveError, ToolError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        return 1
    table = Table(
        title=f"{STACK} against its floor: kubeadm by hand on the same machines ({GOALS})",
        title_justify="left",
    )
    table.add_column("")
    for column in ("program", "floor", "ratio"):
        table.add_column(column, justify="right")
    for what, figure in ROWS.items():
        ours, theirs = (list(map(figure, lives)) for lives in (program, floor))
        ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
        table.add_row(what, f"{median(ours):.1f} s", f"{median(theirs):.1f} s", f"{ratio:.2f}")
    console.print(table)
    return 0


def against_hands(trial: Trial, minor: str, rounds: int) -> tuple[list[Life], list[Life]]:
    """The clusters of the program and of kubeadm by hand, in turn. Each goes on to `minor`."""
    program, floor = [], []
    for _ in range(rounds):
        program.append(_of_program(trial, minor))
        floor.append(_by_hand(trial, minor))
    return program, floor


def _of_program(trial: Trial, minor: str) -> Life:
    _clear(trial.state)
    began = time.monotonic()
    try:
        trial.up()
        ready = time.monotonic() - began
        return Life(ready, hop.measured(trial.state, minor, trial.at(minor).up))
    finally:
        _clear(trial.state)


def _by_hand(trial: Trial, minor: str) -> Life:
    _clear(trial.state)
    began = time.monotonic()

    def report(what: str) -> None:
        console.print(f"  {what} after {time.monotonic() - began:.1f} s", markup=False)

    try:
        machines = by_hand.bring_up(trial, report)
        ready, goes_on = time.monotonic() - began, trial.at(minor)
        change = partial(by_hand.upgrade, goes_on, machines)
        return Life(ready, hop.measured(trial.state, minor, change))
    finally:
        _clear(trial.state)


def _clear(state: State) -> None:
    """End all processes and machines of the state folder without an orderly `down`."""
    left = Supervisor(state).end()
    if left:
        raise LiveError(f"some of this host could not be put back: {', '.join(left)}")
    mirror.stop(state)
    stop_cloud(state)
    shutil.rmtree(state.folder)


if __name__ == "__main__":
    sys.exit(main())
