<<<<<<<< HEAD:tests/support/slow_provider.py
"""A provider whose one resource is made once a file exists: for runs that are cut off while it is under way."""

import time
========
"""A provider whose one resource is created when a test allows it: for runs that are cut off in the middle."""

>>>>>>>> main:tests/engine/rehearsal/slow_provider.py
from pathlib import Path

from rehearsal.providers import stand_ins
from rehearsal.providers.provider import Provider
from rehearsal.providers.resource_type import Made, Stored
from tests.support.patience import wait_until

STAND_INS = "rehearsal.engine.engine.stand_ins"


class Wait(Stored):
<<<<<<<< HEAD:tests/support/slow_provider.py
    """A resource that exists once its `file` does."""
========
    """A resource whose creation ends once the file `gate` exists."""
>>>>>>>> main:tests/engine/rehearsal/slow_provider.py

    engine_type = "slow:index:Wait"

    def faults(self, inputs):
        return []  # no SDK describes its inputs

    def create(self, session, inputs):
<<<<<<<< HEAD:tests/support/slow_provider.py
        while not Path(inputs["file"]).exists():
            time.sleep(0.1)
========
        wait_until(Path(inputs["gate"]).exists)
>>>>>>>> main:tests/engine/rehearsal/slow_provider.py
        return Made("waited", {})


def with_slow_provider(*args, **settings):
    """The stand-ins of a run, and the slow provider beside them."""
    return stand_ins(*args, **settings) | {"slow": Provider("slow", [Wait()], {})}
