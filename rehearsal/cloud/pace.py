"""The time of the cloud: what AWS does by itself, later. It happens when the cloud is next asked something."""

import heapq
import itertools
import time
from collections.abc import Callable

SPEED = 10
"""AWS's waits pass this much faster here. A machine here boots from files of this host, in a tenth of the time."""


class Pace:
    """Events in the order of their times."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._moment: float | None = None

    def now(self) -> float:
        """The time at which the current event happens, in seconds of the clock."""
        return self._clock() if self._moment is None else self._moment

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let an event happen so many of AWS's seconds later."""
        heapq.heappush(self._due, (self.now() + seconds / SPEED, next(self._order), event))

    def catch_up(self) -> None:
        """Let everything happen that is due, each event at its own time. Called before each request is answered."""
        until = self._clock()
        try:
            while self._due and self._due[0][0] <= until:
                self._moment, _, event = heapq.heappop(self._due)
                event()
        finally:
            self._moment = None


PACE = Pace()
"""The one clock of the process that plays AWS."""
