"""The time of the cloud: what AWS does by itself, later. It happens when the cloud is next asked something."""

import heapq
import itertools
import json
import sys
import time
import traceback
from collections.abc import Callable

SPEED = 10
"""AWS's waits pass this much faster here. A machine here boots from files of this host, in a tenth of the time."""

PATH = "/rehearsal/clock"
"""PUT the number of AWS's seconds here that pass at once. A test need not wait for them."""


class Pace:
    """Events in the order of their times."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._moment: float | None = None
        self._skipped = 0.0

    def now(self) -> float:
        """The time at which the current event happens, in seconds of the clock."""
        return self._clock() + self._skipped if self._moment is None else self._moment

    def after(self, seconds: float, event: Callable[[], None], speed: float = SPEED) -> None:
        """Let an event happen so many of AWS's seconds later."""
        heapq.heappush(self._due, (self.now() + seconds / speed, next(self._order), event))

    def skip(self, seconds: float) -> None:
        """Let so many of AWS's seconds pass now."""
        self._skipped += seconds / SPEED

    def forget(self) -> None:
        """Drop every event: the resources that they concern are gone."""
        self._due.clear()

    def catch_up(self) -> None:
        """Let everything happen that is due, each event at its own time. Called before each request is answered.

        A fault of an event is written to the log. The request that comes next has nothing to do with it.
        """
        until = self.now()
        try:
            while self._due and self._due[0][0] <= until:
                self._moment, _, event = heapq.heappop(self._due)
                try:
                    event()
                except Exception:  # noqa: BLE001 (whatever it is, it is not the request's)
                    traceback.print_exc(file=sys.stderr)
        finally:
            self._moment = None


PACE = Pace()
"""The one clock of the process that plays AWS."""


def exchange(method: str, body: bytes) -> tuple[str, bytes]:
    """Answer a request at `PATH`: the status, and the seconds that have been skipped."""
    if method == "PUT":
        PACE.skip(float(json.loads(body)))
        PACE.catch_up()
    return "200 OK", json.dumps(PACE._skipped * SPEED).encode()
