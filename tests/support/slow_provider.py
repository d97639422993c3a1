"""A provider whose one resource is made once a file exists: for runs that are cut off while it is under way."""

import time
from pathlib import Path

from rehearsal.providers import stand_ins
from rehearsal.providers.provider import Provider
from rehearsal.providers.resource_type import Made, Stored

STAND_INS = "rehearsal.engine.engine.stand_ins"


class Wait(Stored):
    """A resource that exists once its `file` does."""

    engine_type = "slow:index:Wait"

    def faults(self, inputs):
        return []  # no SDK describes its inputs

    def create(self, session, inputs):
        while not Path(inputs["file"]).exists():
            time.sleep(0.1)
        return Made("waited", {})


def with_slow_provider(*args, **settings):
    """The stand-ins of a run, and the slow provider beside them."""
    return stand_ins(*args, **settings) | {"slow": Provider("slow", [Wait()], {})}
