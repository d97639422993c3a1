"""How far upstream's tests have come, by what they print; what they found is in their report alone."""

import re
from collections.abc import Callable

RULE = "-" * 30
"""What they print before the name of each spec."""

SELECTED = re.compile(r"Will run (\d+) of \d+ specs")
ENDED = re.compile(r"• (?:\[(.+?)\] )?\[([\d.]+) seconds\]")


class SpecProgress:
    """Tells of each spec when it has ended."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._before = self._spec = self._selected = ""
        self._ended = 0

    def follow(self, line: str) -> None:
        """Heed the next line of what they print."""
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
            self._told(f"  {place} {how} in {float(ended[2]):.0f} s: {self._spec}")
