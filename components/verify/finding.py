"""What a check came to."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether it is as it should be."""

    GOOD = "good"
    FAULT = "fault"
    UNASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the report."""

    check: str
    where: str
    verdict: Verdict
    found: str
    advice: str = ""
    """What to do about a fault."""


def good(check: str, where: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(check, where, Verdict.GOOD, found)


def fault(check: str, where: str, found: str, advice: str) -> Finding:
    """It is not, and this is what to do."""
    return Finding(check, where, Verdict.FAULT, found, advice)


def unasked(check: str, where: str, why: str) -> Finding:
    """It could not be known here."""
    return Finding(check, where, Verdict.UNASKED, why)
