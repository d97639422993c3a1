"""Leaving of this machine, when its group or EC2 announces its end: its pods go elsewhere, its volumes detach, its Node is deleted.

Then the machine completes the termination hook of its group. If it hangs, the hook's time ends it.
"""

import calendar
import json
import sys
import time

import imds
import machine
from aws import Refused
from drain import drain
from groups import LEFT, Groups
from kube import KUBELET, Kube
from machine import Failure, path, say

LABEL = "dualstack/left"
"""The label of a Node that is empty. A control plane deletes it, once AWS confirms that its machine ends."""
LOOK_SECONDS = 5
DRAIN_SECONDS = 600
DETACH_SECONDS = 60
DELETE_SECONDS = 60
"""The hook's time is the drain's and these two."""
SPOT_MARGIN_SECONDS = 20
"""The part of a spot notice in which the kubelet ends what is left."""
ENDING, INTERRUPTED, AT_RISK = "is ended by its group", "is interrupted", "may be interrupted"


def main():
    """Watch for announcements, and leave at each kind of them once. If AWS fails, the systemd unit starts this again."""
    settings = machine.settings()
    aws, kube = Groups(settings), Kube()
    instance = imds.require("instance-id")
    spot = imds.require("instance-life-cycle") == "spot"
    done = set()
    try:
        while ENDING not in done:
            reason = announced(spot)
            if reason and reason not in done:
                say(f"{instance} {reason}")
                leave(settings, kube, instance)
                # One time for both: AWS ends the machine when the hook's time is over.
                deadline = time.monotonic() + DELETE_SECONDS
                # A machine at risk may go on for hours.
                if reason != AT_RISK and path(KUBELET).exists():
                    _wait(lambda: _marked(kube, instance) in (200, 404), deadline)
                if reason == ENDING:
                    complete(aws, kube, instance, deadline)
                done.add(reason)
            time.sleep(LOOK_SECONDS)
    except (Failure, Refused) as error:
        say(f"cannot leave: {error}")
        return 1
    return 0


def announced(spot):
    """What metadata announces, the most certain first; None if nothing.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    """
    if imds.get("autoscaling/target-lifecycle-state") == "Terminated":
        return ENDING
    if spot and _interruption():
        return INTERRUPTED
    if spot and imds.get("events/recommendations/rebalance"):
        return AT_RISK
    return None


def _interruption():
    """The time at which EC2 interrupts the machine, in seconds since 1970; None if it has not said so."""
    try:
        action = json.loads(imds.get("spot/instance-action") or "{}")
        return calendar.timegm(time.strptime(action["time"], "%Y-%m-%dT%H:%M:%SZ"))
    except (ValueError, KeyError):
        return None


def leave(settings, kube, instance):
    """Empty the node, and wait until its volumes are detached. A machine that never joined has nothing to leave."""
    if not path(KUBELET).exists():
        say("this machine is not a node")
        return
    end = time.monotonic() + settings.get("drainSeconds", DRAIN_SECONDS)

    def left():
        interruption = _interruption()
        sooner = interruption - time.time() - SPOT_MARGIN_SECONDS if interruption else end
        return min(end - time.monotonic(), sooner)

    if drain(kube, instance, left):
        say("all pods have left")
    if not _wait(lambda: _detached(kube, instance), time.monotonic() + DETACH_SECONDS):
        say("volumes are still attached")


def _detached(kube, instance):
    status, node = kube.node(instance)
    # A restore may have brought the cluster to a time before this Node. The body of a refusal is none, and has a status of another kind.
    if status != 200:
        return status == 404
    state = node.get("status", {})
    return not state.get("volumesAttached") and not state.get("volumesInUse")


def _marked(kube, instance):
    """Have the Node say that it is empty; the status of the answer."""
    return kube.patch_node(instance, {"metadata": {"labels": {LABEL: ""}}})


def complete(aws, kube, instance, deadline):
    """Wait until the Node is deleted, at most until the deadline, and let the group go on."""
    if path(KUBELET).exists() and not _wait(lambda: kube.node(instance)[0] == 404, deadline):
        say("no control plane has deleted the Node")
    while True:
        group, state = aws.members(instance).get(instance, ("", ""))
        if state == "Terminating:Wait":
            aws.complete(group, LEFT, instance)
            say(f"{group} may end this machine")
            return
        if state != "Terminating":
            say(f"no termination hook waits for this machine ({state or 'it is in no group'})")
            return
        time.sleep(LOOK_SECONDS)


def _wait(condition, deadline):
    """Whether a condition holds before the deadline, or now."""
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(2)
    return True


if __name__ == "__main__":
    sys.exit(main())
