"""`make bench`: the program against a floor in the same run, its growth with more pools, and the time of a whole preview."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from rich.console import Console
from rich.table import Table

from rehearsal.workspace import Project

from . import measures

STACK = "prod"
GOAL = 1.10
POOLS = (2, 8, 16, 32, 64)
GROWTH_ROUNDS = 3
COMPARED = ("resources", "program", "floor", "ratio")

console = Console(highlight=False)


def main() -> None:
    """Run all measurements and print their tables."""
    project = Project.of_checkout()
    _ratios(project, rounds=int(os.environ.get("ROUNDS", "9")))
    _growth(project)
    _process()
    _imports()
    _rendering()


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _compared(pair: measures.Pair) -> list[str]:
    """The cells of a row below the columns `COMPARED`."""
    return [
        str(pair.resources),
        f"{median(pair.program):.2f} s",
        f"{median(pair.floor):.2f} s",
        f"{pair.ratio:.2f}",
    ]


def _ratios(project: Project, rounds: int) -> None:
    table = _table(
        f"{STACK} against its floor: the same resources with no component and no spec (goal {GOAL:.2f})",
        *("", *COMPARED),
    )
    for pair in measures.against_floor(project, STACK, rounds):
        table.add_row(pair.what, *_compared(pair))
    console.print(table)


def _growth(project: Project) -> None:
    table = _table(
        "Growth: an empty preview with more pools, against the same floor",
        *("pools", *COMPARED),
    )
    for pools, pair in measures.growth(project, STACK, POOLS, GROWTH_ROUNDS):
        table.add_row(str(pools), *_compared(pair))
    console.print(table)


def _process() -> None:
    with tempfile.TemporaryDirectory(prefix="dualstack-bench-") as folder:
        environment = {**os.environ, "DUALSTACK_STATE": folder}
        command = [sys.executable, "-m", "rehearsal", "preview", STACK]
        measures.process(*command, environment=environment)
        warm = [measures.process(*command, environment=environment) for _ in range(3)]
    table = _table("`preview` as a whole process", "", "")
    table.add_row("wall", f"{min(run.seconds for run in warm):.2f} s")
    table.add_row("  of which import of the SDK", f"{measures.import_sdk():.2f} s")
    table.add_row("most memory of one process", f"{max(run.megabytes for run in warm):.0f} MB")
    console.print(table)


def _imports() -> None:
    table = _table("Import", "", "")
    table.add_row("the pure modules, without pulumi_aws", f"{measures.import_pure_modules():.2f} s")
    console.print(table)


def _rendering() -> None:
    table = _table("kubeadm documents of every minor in both orders", "", "")
    table.add_row("after import", f"{_milliseconds(measures.render_all_minors):.0f} ms")
    console.print(table)


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
