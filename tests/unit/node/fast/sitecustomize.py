"""A machine's programs live by a clock that only their own pauses move on.

So the number of attempts within a program's patience depends on its pauses alone, and not on how busy this host is. Timeouts of
connections follow the host's clock, so they are long.
"""

import os
import socket
import time

SPEED = 100
"""How many times as long a pause is on the machine as on this host."""
PACE = float(os.environ.get("PACE", "1"))
"""Seconds that the machine's clock moves on for each second of a pause: 0 for a program that waits for a test without an end."""
CONNECTION_SECONDS = float(os.environ["CONNECTION_SECONDS"])


class Clock:
    """Pauses, and the time that they took."""

    def __init__(self):
        self.now = 0.0
        self.pause = time.sleep

    def sleep(self, seconds):
        self.now += seconds * PACE
        self.pause(seconds / SPEED)

    def monotonic(self):
        return self.now


_clock = Clock()
time.sleep, time.monotonic = _clock.sleep, _clock.monotonic

_settimeout = socket.socket.settimeout
socket.socket.settimeout = lambda connection, seconds: _settimeout(
    connection, seconds and CONNECTION_SECONDS
)
