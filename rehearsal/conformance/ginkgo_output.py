"""The progress of upstream's tests, read from their output. Their results are only in their report."""

import re
from collections.abc import Callable

RULE = "-" * 30
"""The line that they print before the name of each spec."""

SELECTED = re.compile(r"Will run ([0-9]+) of [0-9]+ specs")
ENDED = re.compile(r"• (?:\[(.+?)\] )?\[([0-9.]+) seconds\]")


class SpecProgress:
    """Reports each spec when it has ended."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._before = self._spec = self._selected = ""
        self._ended = 0

    def follow(self, line: str) -> None:
        """Read the next line of their output."""
        line = line.rstrip("\n")
        if self._before == RULE and line.startswith("["):
            self._spec = line
        self._before = line
        if selected := SELECTED.match(line):
            self._selected = selected[1]
        if ended := ENDED.match(line):
            self._ended += 1
            how = (ended[1] or "passed").lower()
            place = f"{self._ended} of {self._selected}"
            self._report(f"  {place} {how} in {float(ended[2]):.0f} s: {self._spec}")
