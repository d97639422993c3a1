"""A provider whose one resource takes as long to make as a test says: for runs that are cut off while it is under way."""

import sys
import time
from unittest.mock import patch

from rehearsal import __main__ as command_line
from rehearsal.providers import stand_ins
from rehearsal.providers.provider import Provider
from rehearsal.providers.resource_type import Made, Stored

STAND_INS = "rehearsal.engine.engine.stand_ins"


class Wait(Stored):
    """A resource that exists once its `seconds` have passed."""

    engine_type = "slow:index:Wait"

    def faults(self, inputs):
        return []  # no SDK describes its inputs

    def create(self, session, inputs):
        time.sleep(inputs["seconds"])
        return Made("waited", {})


def with_slow_provider(*args, **settings):
    """The stand-ins of a run, and the slow provider beside them."""
    return stand_ins(*args, **settings) | {"slow": Provider("slow", [Wait()], {})}


if __name__ == "__main__":
    with patch(STAND_INS, with_slow_provider):
        sys.exit(command_line.main(sys.argv[1:]))
