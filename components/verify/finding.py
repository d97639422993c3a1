"""The finding of a check."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The result of a check: good, a fault, or not asked."""

    GOOD = "good"
    FAULT = "fault"
    UNASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check at one place: a row of the report."""

    check: str
    where: str
    verdict: Verdict
    found: str
    advice: str = ""
    """The advice on a fault; empty otherwise."""


def good(check: str, where: str, found: str) -> Finding:
    """A finding that all is well."""
    return Finding(check, where, Verdict.GOOD, found)


def fault(check: str, where: str, found: str, advice: str) -> Finding:
    """A finding of a fault, with advice."""
    return Finding(check, where, Verdict.FAULT, found, advice)


def unasked(check: str, where: str, why: str) -> Finding:
    """A finding that a check was not possible, with the reason."""
    return Finding(check, where, Verdict.UNASKED, why)
