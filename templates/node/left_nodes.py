"""Deletion of Nodes whose machines have left, within seconds. The cloud controller needs most of a minute, in which a dead Node counts.

A Node asks for it by a label, which its kubelet may set. A stolen certificate of a kubelet could set it too, to be rid of the Node's
taints. So the Node is deleted only if AWS says that its machine ends or has ended.
"""

import re
import sys
import time

import imds
import machine
from aws import Refused
from clean_up import CleanUp
from dns_pods import DnsPods
from groups import Groups
from kube import ADMIN, Kube
from machine import Failure, say

LEFT = "/api/v1/nodes?labelSelector=dualstack%2Fleft"
INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
LOOK_SECONDS = 3
AT_ONCE = 50
"""The most instances in one question to Auto Scaling."""
ENDED = ("shutting-down", "terminated")


def main():
    """Look again and again. What fails is tried the next time."""
    settings = machine.settings()
    kube, aws = Kube(ADMIN), Groups(settings)
    own = imds.require("instance-id")
    clean_up, dns_pods = CleanUp(settings, kube, aws), DnsPods(kube, own)
    while True:
        try:
            look(settings, kube, aws, own)
        except (Failure, Refused) as error:
            say(f"cannot tell which machines have left: {error}")
        try:
            clean_up.look()
        except (Failure, Refused) as error:
            say(f"cannot clean up: {error}")
        dns_pods.look()
        time.sleep(LOOK_SECONDS)


def look(settings, kube, aws, own):
    """Delete the Nodes that say that they have left and whose machines end, with the statuses of the machines."""
    _, found = kube.ask("GET", LEFT)
    names = [node["metadata"]["name"] for node in found.get("items", [])]
    for name in ending(aws, own, [name for name in names if INSTANCE.fullmatch(name)][:AT_ONCE]):
        status, said = kube.ask("DELETE", f"/api/v1/nodes/{name}")
        if status in (200, 404):
            say(f"deleted the Node {name}: its machine has left")
            aws.delete([f"{settings['parameters']['status']}/{name}"])
        else:
            say(f"cannot delete the Node {name}: {said.get('message', 'no answer')} ({status})")


def ending(aws, own, names):
    """Those of the instances that their group ends, or that EC2 has ended or forgotten."""
    if not names:
        return []
    going = {
        name for name, (_, state) in aws.members(*names).items() if state.startswith("Terminating")
    }
    states = aws.states(own, *names)
    # If EC2 does not know this machine, its answer about others is not trusted either.
    if states.get(own) == "running":
        going |= {name for name in names if states.get(name, "terminated") in ENDED}
    return sorted(going)


if __name__ == "__main__":
    sys.exit(main())
