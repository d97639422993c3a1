"""The report of findings: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TextIO

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from .finding import Finding, Verdict

MARKS = {
    Verdict.GOOD: ("✓", "green"),
    Verdict.FAULT: ("✗", "bold red"),
    Verdict.UNASKED: ("–", "dim"),  # noqa: RUF001 a dash is meant
}
SHOWN_OF_A_CHECK = 10
"""The most good or unasked rows of one check that are shown one by one; more become one row."""


def busy(doing: str) -> Status:
    """A status line on a terminal, shown until the work is done."""
    return Console(stderr=True).status(doing)


def show(findings: Sequence[Finding], out: TextIO) -> None:
    """Print a table, with advice for each fault, and a last line with the numbers of findings."""
    console = Console(file=out, highlight=False)
    table = Table("check", "where", "", "found", box=None, pad_edge=False)
    given: set[str] = set()
    for finding in _folded(findings):
        mark, style = MARKS[finding.verdict]
        found = Text(finding.found)
        if finding.advice:
            advice = "as above" if finding.advice in given else finding.advice
            found.append(f"\n→ {advice}", "yellow")
            given.add(finding.advice)
        table.add_row(finding.check, Text(finding.where), Text(mark, style), found)
    if not console.is_terminal:
        # Outside a terminal, as in a log, do not break lines: a broken line cannot be searched for.
        console.width = sys.maxsize
        table.width = console.measure(table).maximum
    # rich ends the process where a reader has gone, so it prints nowhere.
    with console.capture() as report:
        console.print(table)
        console.print(_count(findings), style="bold red" if _faults(findings) else "bold green")
    out.write(report.get())


def as_json(minor: int | None, findings: Sequence[Finding], unasked: str) -> str:
    """The findings as a JSON document. `error` has the reason if the verification could not be finished."""
    document = {
        "kubernetes": None if minor is None else f"1.{minor}",
        "faults": _faults(findings),
        "error": unasked or None,
        "findings": [
            {
                "check": finding.check,
                "where": finding.where,
                "verdict": finding.verdict,
                "found": finding.found,
                "advice": finding.advice,
            }
            for finding in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _folded(findings: Sequence[Finding]) -> list[Finding]:
    """The rows to show: more than `SHOWN_OF_A_CHECK` of one check and verdict become one row, except faults."""
    shown: list[Finding] = []
    for (check, verdict), rows in groupby(findings, lambda each: (each.check, each.verdict)):
        alike = list(rows)
        if verdict is Verdict.FAULT or len(alike) <= SHOWN_OF_A_CHECK:
            shown += alike
        else:
            first, more = alike[0], len(alike) - 1
            shown.append(
                Finding(check, f"{first.where} and {more} more", verdict, f"{first.found}, …")
            )
    return shown


def _count(findings: Sequence[Finding]) -> str:
    counts = [sum(each.verdict is verdict for each in findings) for verdict in Verdict]
    good, faults, unasked = counts
    words = "fault" if faults == 1 else "faults"
    return f"{good} good, {faults} {words}, {unasked} not asked"


def _faults(findings: Sequence[Finding]) -> int:
    return sum(each.verdict is Verdict.FAULT for each in findings)
