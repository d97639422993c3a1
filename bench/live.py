"""`make bench-live`: from nothing to a Ready cluster, against kubeadm by hand on the same machines in the same run."""

import os
import shutil
import sys
import time
from collections.abc import Callable
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

from . import by_hand

STACK = "ipv4first"
GOAL = 1.30

console = Console(highlight=False)


def main() -> int:
    """Run the measurement and print its table."""
    trial = Trial(STACK, State(State.of_user().place("bench")))
    try:
        host.check()
        host.install()
        mirror.prepare(trial.minor, console.print)
        program, floor = against_hands(trial, int(os.environ.get("ROUNDS", "1")))
    except (DaemonError, LiveError, ToolError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        return 1
    table = Table(
        title=f"{STACK} against its floor: kubeadm by hand on the same machines (goal {GOAL:.2f})",
        title_justify="left",
    )
    table.add_column("")
    for column in ("program", "floor", "ratio"):
        table.add_column(column, justify="right")
    ratio = median(ours / theirs for ours, theirs in zip(program, floor, strict=True))
    seconds = (f"{median(taken):.1f} s" for taken in (program, floor))
    table.add_row("from nothing to Ready", *seconds, f"{ratio:.2f}")
    console.print(table)
    return 0


def against_hands(trial: Trial, rounds: int) -> tuple[list[float], list[float]]:
    """Durations of the program and of kubeadm by hand, in turn."""
    program, floor = [], []
    for _ in range(rounds):
        program.append(_from_nothing(trial, lambda _: trial.up()))
        floor.append(_from_nothing(trial, lambda report: by_hand.bring_up(trial, report)))
    return program, floor


def _from_nothing(trial: Trial, bring_up: Callable[[Callable[[str], None]], None]) -> float:
    _clear(trial.state)
    began = time.monotonic()

    def report(what: str) -> None:
        console.print(f"  {what} after {time.monotonic() - began:.1f} s", markup=False)

    try:
        bring_up(report)
        report("every node is Ready")
        return time.monotonic() - began
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
