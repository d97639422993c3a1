"""A provider whose one resource is created when a test allows it: for runs that are cut off in the middle."""

from pathlib import Path

from rehearsal.providers import stand_ins
from rehearsal.providers.provider import Provider
from rehearsal.providers.resource_type import Made, Stored
from tests.support.patience import wait_until

STAND_INS = "rehearsal.engine.engine.stand_ins"


class Wait(Stored):
    """A resource whose creation ends once the file `gate` exists."""

    engine_type = "slow:index:Wait"

    def faults(self, inputs):
        return []  # no SDK describes its inputs

    def create(self, session, inputs):
        wait_until(Path(inputs["gate"]).exists)
        return Made("waited", {})


def with_slow_provider(*args, **settings):
    """The stand-ins of a run, and the slow provider beside them."""
    return stand_ins(*args, **settings) | {"slow": Provider("slow", [Wait()], {})}
