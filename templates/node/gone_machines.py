"""Removal of the statuses of machines that are gone. An account has room for 10,000 standard parameters in a region."""

import re
import sys

import imds
import machine
from aws import Aws, Refused
from machine import Failure, say

STATUS = re.compile(r".*/(i-[0-9a-f]{8,17})")
AT_ONCE = 100
"""The number of instances in one question to EC2, which accepts 200 values of a filter."""


def main():
    """Remove the status parameters of all terminated machines once."""
    settings = machine.settings()
    aws = Aws(settings)
    try:
        names = aws.below(settings["parameters"]["status"])
        by_instance = {
            found.group(1): found.group() for found in map(STATUS.fullmatch, names) if found
        }
        gone = terminated(aws, imds.require("instance-id"), list(by_instance))
        aws.delete([by_instance[instance] for instance in gone])
    except (Failure, Refused) as error:
        say(f"cannot forget machines that are gone: {error}")
        return 1
    say(f"forgot {len(gone)} of {len(by_instance)} machines")
    return 0


def terminated(aws, own, instances):
    """The instances that EC2 has terminated or forgotten."""
    gone = []
    for start in range(0, len(instances), AT_ONCE):
        some = instances[start : start + AT_ONCE]
        states = aws.states(own, *some)
        # If EC2 does not know this machine, its answer about others is not trusted either.
        if states.get(own) == "running":
            gone += [one for one in some if states.get(one, "terminated") == "terminated"]
    return gone


if __name__ == "__main__":
    sys.exit(main())
