"""The timers of machines: how often each runs its service."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

TIMERS = Path(__file__).parents[3] / "templates/node"
UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
CALENDAR = {"weekly": timedelta(weeks=1)}


@dataclass(frozen=True)
class Timer:
    """When a timer runs its service again."""

    period: timedelta
    delay: timedelta = timedelta()
    """What it may wait beyond its period."""

    @property
    def most(self) -> timedelta:
        """The longest time between two runs."""
        return self.period + self.delay


def timer(name: str) -> Timer:
    """A timer as its unit has it: `dualstack-<name>.timer`."""
    text = (TIMERS / f"dualstack-{name}.timer").read_text()
    found = dict(re.findall(r"^(\w+)=(\S+)$", text, re.MULTILINE))
    calendar = found.get("OnCalendar")
    period = CALENDAR[calendar] if calendar else span(found["OnUnitActiveSec"])
    return Timer(period, span(found.get("RandomizedDelaySec", "0s")))


def span(text: str) -> timedelta:
    """A time such as 6h or 24h0m0s."""
    found = re.findall(r"(\d+)([a-z]+)", text)
    return sum(
        (timedelta(**{UNITS.get(unit, "minutes"): int(number)}) for number, unit in found),
        timedelta(),
    )
