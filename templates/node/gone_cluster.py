"""Removal of the parameters that machines have made, when the last control plane is terminated in a destroy."""

import re
import sys
import urllib.parse

import imds
import machine
from aws import Refused
from clean_up import mark
from groups import FORM, Groups
from machine import Failure, say

COMING_BACK = ("pending", "running", "stopping", "stopped")
"""The states of an instance that may still be a control plane."""


def main():
    """Remove them, if this is the end of the cluster. The unit calls this whenever the machine shuts down."""
    settings = machine.settings()
    aws = Groups(settings)
    try:
        reason = goes_on(settings, aws, imds.require("instance-id"))
        if reason:
            say(f"the cluster goes on: {reason}")
            return 0
        parameters = settings["parameters"]
        names = [
            *aws.below(parameters["leader"]),
            *aws.below(parameters["status"]),
            f"{parameters['join']}/reached",
        ]
        aws.delete(names)
    except (Failure, Refused) as error:
        say(f"cannot forget the cluster: {error}")
        return 1
    say("forgot the cluster")
    return 0


def goes_on(settings, aws, own):
    """Why the cluster does not end with this machine; an empty text if it does."""
    # A machine that is stopped or restarted comes back.
    if aws.states(own).get(own) != "shutting-down":
        return "EC2 does not terminate this machine"
    if aws.get(mark(settings)):
        return "the stack holds it"
    others = control_planes(settings, aws) - {own}
    return f"{', '.join(sorted(others))} may serve it" if others else ""


def control_planes(settings, aws, in_states=COMING_BACK):
    """The ids of the cluster's machines that are in one of these states, and in no Auto Scaling group."""
    form = {
        "Action": "DescribeInstances",
        "Version": "2016-11-15",
        "Filter.1.Name": f"tag:kubernetes.io/cluster/{settings['parameters']['status'].split('/')[2]}",
        "Filter.1.Value.1": "owned",
        "Filter.2.Name": "instance-state-name",
        **{f"Filter.2.Value.{number}": state for number, state in enumerate(in_states, 1)},
    }
    answer = aws._call("ec2", urllib.parse.urlencode(form), FORM)
    found = re.findall(r"<instanceId>(.*?)</instanceId>", answer)
    return set(found) - set(aws.members(*found)) if found else set()


if __name__ == "__main__":
    sys.exit(main())
