"""The results of upstream's tests, read from their JUnit report."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

SPEC = "[It] "
"""The prefix of a spec's name. Other names belong to the suite's set-up and clean-up."""

LEFT_OUT = ("skipped", "pending")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one spec."""

    name: str
    seconds: float
    failure: str
    """The message of the failure; empty if the spec passed."""


def outcomes(report: Path) -> list[Outcome]:
    """Every spec that ran, and every set-up or clean-up that failed."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 (a program of ours wrote it)
    return list(_read(cases))


def _read(cases: Iterable[ElementTree.Element]) -> Iterator[Outcome]:
    for case in cases:
        name = case.get("name", "")
        failures = [case.find(kind) for kind in ("failure", "error")]
        failure = "\n".join(
            (found.text or found.get("message") or "").strip() or "it says nothing"
            for found in failures
            if found is not None
        )
        ran = name.startswith(SPEC) and case.get("status") not in LEFT_OUT
        if ran and case.get("status") != "passed":
            failure = failure or f"it ended as {case.get('status')}"
        if ran or failure:
            yield Outcome(name.removeprefix(SPEC), float(case.get("time", 0)), failure)
