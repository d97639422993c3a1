"""The plan as tables, in plain text and in Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from .matrix import TARGETS
from .outline import Plan

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
HUES = {"replace": "\x1b[1;31m", "delete": "\x1b[31m", "update": "\x1b[33m", "create": "\x1b[32m"}
"""The colour of a change on a terminal."""

SHOWN_CHANGES = 40
"""How many changes a table lists one by one. Those of a new stack are all alike."""


SAID = "Which machines, and in which order"

FIRST = ("What would change", SAID, "Warnings")
"""The titles of what a reader must see first."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    """A sentence below the rows."""
    block: str = ""
    """Lines below the rows, whose spaces and breaks stay as they are."""


def tables(plan: Plan) -> Iterator[Table]:
    """Every table of a plan, what would change first."""
    if plan.changes is not None:
        yield _changes(plan)
        if plan.changes.said or plan.changes.announcement:
            lines = [(line,) for line in plan.changes.said]
            yield Table(SAID, ("",), lines, block=plan.changes.announcement)
    if plan.warnings:
        yield Table("Warnings", ("",), [(warning,) for warning in plan.warnings])
    yield Table("Cluster", ("", ""), [*plan.facts.items()])
    yield Table(
        "Addresses",
        ("", "IPv4", "IPv6", "room"),
        [(each.purpose, each.ipv4, each.ipv6, each.room) for each in plan.ranges],
    )
    yield Table(
        "Subnets",
        ("tier", "zone", "IPv4", "IPv6", "room", "IPv4 out", "IPv6 out", "holds"),
        [
            (
                *(each.tier, each.zone, each.ipv4, each.ipv6, f"{each.room:,}"),
                *each.ways.values(),
                ", ".join(each.holds),
            )
            for each in plan.subnets
        ],
    )
    yield Table("Gateways", ("", "serves"), [*plan.gateways.items()])
    yield Table(
        "Machines",
        ("", "count", "types", "disk", "zones", "pods", "share of the pods' ranges"),
        [
            (
                *(each.name, each.count, each.types, f"{each.disk_gib} GiB"),
                *(each.zones, str(each.pods), each.pod_shares),
            )
            for each in plan.machines
        ],
    )
    yield Table("Who reaches whom", ("from", *TARGETS), [*matrix(plan)])
    yield Table(
        "What AWS bills",
        ("", "count", "by"),
        [(each.kind, each.count, each.basis) for each in plan.bill],
        "Prices differ by region and change.",
    )


def matrix(plan: Plan) -> Iterator[list[str]]:
    """The rows of who reaches whom: a source, then its traffic to each target, a line for each purpose."""
    cells = {(each.source, each.target): "\n".join(each.traffic) for each in plan.reach}
    for source in dict.fromkeys(each.source for each in plan.reach):
        yield [source, *(cells.get((source, target), "") for target in TARGETS)]


def summary(plan: Plan) -> str:
    """What would change, in one line."""
    if plan.changes is None:
        return ""
    counts = [f"{count} to {word}" for word, count in plan.changes.counts.items()]
    return f"{', '.join(counts) or 'nothing would change'}; {plan.changes.same} stay as they are"


def _changes(plan: Plan) -> Table:
    changed = plan.changes.changed if plan.changes else []
    rows = [
        (each.operation, each.kind, each.name, ", ".join(each.properties))
        for each in changed[:SHOWN_CHANGES]
    ]
    more = len(changed) - len(rows)
    note = summary(plan) + (f"; {more} more are not listed" if more else "")
    return Table("What would change", ("", "type", "name", "because of"), rows, f"{note}.")


def as_text(plan: Plan, coloured: bool = False) -> str:
    """The plan as plain text."""
    return "\n".join(_text(table, coloured) for table in tables(plan))


def _text(table: Table, coloured: bool) -> str:
    rows = [table.columns, *table.rows] if any(table.columns) else [*table.rows]
    # A cell of several lines becomes cells below each other.
    lines = [
        (row[0], line)
        for row in rows
        for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue="")
    ]
    lines += [("", (line,)) for line in table.block.splitlines()]
    widths = [max(map(len, column)) for column in zip(*(line for _, line in lines), strict=True)]
    out = [f"{BOLD}{table.title}{PLAIN}" if coloured else table.title]
    for first, line in lines:
        cells = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        hue = HUES.get(first, "") if coloured else ""
        out.append(f"  {hue}{cells.rstrip()}{PLAIN if hue else ''}")
    if table.note:
        out.append(f"  {table.note}")
    return "\n".join([*out, ""])


def as_markdown(plan: Plan) -> str:
    """The plan as Markdown for a comment: what would change is open, the rest is folded."""
    name = f"## Plan of {_cell(plan.stack)}"
    first = [f"**{summary(plan)}**"] if plan.changes is not None else []
    shown: list[str] = []
    for table in tables(plan):
        body = _markdown(table)
        is_open = table.title in FIRST
        shown.append(
            f"### {table.title}\n\n{body}"
            if is_open
            else f"<details><summary>{table.title}</summary>\n\n{body}\n\n</details>"
        )
    return "\n\n".join([name, *first, *shown]) + "\n"


def _markdown(table: Table) -> str:
    parts = [table.note, f"<pre>{_plain(table.block)}</pre>" if table.block else ""]
    if table.rows:
        head = f"| {' | '.join(table.columns)} |\n|{'---|' * len(table.columns)}"
        rows = "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in table.rows)
        parts = [f"{head}\n{rows}", *parts]
    return "\n\n".join(filter(None, parts))


def _cell(text: str) -> str:
    """A text in a cell of a table: what Markdown or HTML would read as its own is escaped."""
    return _plain(text).replace("|", "\\|").replace("\n", "<br>")


def _plain(text: str) -> str:
    """A text in which nothing is read as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
