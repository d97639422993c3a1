"""The report after a run: changes, address plan and outputs."""

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from ..providers.wire import SIGNATURE, UNKNOWN
from .progress import RunProgress, short_type

PLAN = "addressPlan"
"""The output that is shown as a table."""

KUBECONFIG = "kubeconfig"
"""The output that is printed by a command of its own, since it is a secret."""

PLAN_COLUMNS = ("tier", "zone", "ipv4", "ipv6")
UNTIL_UP = "[dim]known after up[/dim]"
SECRET = "[dim]\\[secret][/dim]"  # noqa: S105 what is shown instead of one
COUNTED = ("created", "updated", "replaced", "deleted", "unchanged")


def show_summary(
    console: Console, stack: str, progress: RunProgress, *, failed: bool = False
) -> None:
    """One line: how many resources were changed in which way, and the duration."""
    if failed and progress.changed == 0:
        said = "failed, and nothing was changed"
    elif progress.changed == 0:
        said = f"nothing changed ({progress.counts['unchanged']} resources)"
    else:
        said = "failed; " if failed else ""
        said += ", ".join(f"{progress.counts[w]} {w}" for w in COUNTED if progress.counts[w])
    console.print(f"[bold]{stack}[/bold]: {said} in {progress.seconds} s", highlight=False)


def show_failures(console: Console, progress: RunProgress, otherwise: str) -> None:
    """The errors of the run; if the engine reported none, the error of its command line."""
    for text in progress.failures or [otherwise]:
        console.print(f"error: {text}", style="red", markup=False, highlight=False)


def show_notes(console: Console, progress: RunProgress) -> None:
    """Log messages and warnings of the program."""
    # In other runs they were printed at once.
    for text in progress.notes if progress.quiet else ():
        console.print(text, markup=False, highlight=False)
    for text in progress.warnings:
        console.print(f"warning: {text}", style="yellow", markup=False, highlight=False)


def show_changes(console: Console, progress: RunProgress) -> None:
    """A table of the changes: how many resources of each type, and in which way."""
    table = Table("type", "would be", "count")
    for (said, token), count in sorted(progress.by_type.items(), key=lambda row: row[0][::-1]):
        if said != "unchanged":
            table.add_row(short_type(token), said, str(count))
    if table.row_count:
        _print_whole(console, table)


def show_outputs(console: Console, stack: str, outputs: Mapping[str, Any]) -> None:
    """The address plan as a table, and every other output on a line."""
    plan = outputs.get(PLAN)
    if isinstance(plan, list):
        _show_plan(console, plan)
    others = {name: value for name, value in outputs.items() if name != PLAN}
    if not others:
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in sorted(others.items()):
        table.add_row(name, _shown(value))
    _print_whole(console, table)
    if KUBECONFIG in others:
        console.print(f"its kubeconfig: make kubeconfig STACK={stack} > kubeconfig", style="dim")


def _show_plan(console: Console, plan: list[Any]) -> None:
    table = Table(*PLAN_COLUMNS, title="address plan")
    for row in plan:
        table.add_row(*(_shown(row.get(column, "")) for column in PLAN_COLUMNS))
    _print_whole(console, table)


def _print_whole(console: Console, table: Table) -> None:
    """Print a table at its full width: a truncated value is useless."""
    unbounded = console.options.update(max_width=sys.maxsize)
    table.width = Measurement.get(console, unbounded, table).maximum
    console.print(table)


def _shown(value: Any) -> str:
    if _is_secret(value):
        return SECRET
    if value == UNKNOWN:
        return UNTIL_UP
    if value in ([], {}):
        return "none"
    if isinstance(value, list):
        return "\n".join(_shown(part) for part in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_shown(part)}" for name, part in value.items())
    return escape(str(value))


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and SIGNATURE in value
