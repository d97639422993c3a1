"""Let time pass faster for a machine's programs."""

import os
import time

SPEED = int(os.environ.get("SPEED", "100"))

_sleep, _monotonic = time.sleep, time.monotonic
time.sleep = lambda seconds: _sleep(seconds / SPEED)
time.monotonic = lambda: _monotonic() * SPEED
