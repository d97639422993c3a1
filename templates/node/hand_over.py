"""Leaving of a control plane that EC2 terminates: its pods go elsewhere, its Node is deleted, its API server ends, and it leaves etcd.

It runs when the machine shuts down, before the kubelet stops. A machine that is only stopped or rebooted stays a member. What could
not leave is removed by the others: etcd_members.py.
"""

import http.client
import socket
import sys
import time

import attempts
import backup
import machine
from aws import Aws, Refused
from bucket import Bucket
from drain import drain
from etcd_members import ask, instance_of, stale
from kube import ADMIN, Kube
from machine import Failure, path, say
from own_api import MANIFEST

PATIENCE_SECONDS = 100
"""The time to leave etcd, which refuses while it would lose its majority. EC2 takes the power away after a few minutes."""
DRAIN_SECONDS = 20
PAUSE_SECONDS = 3
CLOSES_SECONDS = 50
"""The time in which the API server closes its port: the kubelet reads manifests every 20 seconds, and then it serves for 20 more."""
TERMINATED = "shutting-down"
"""The state of an instance that is being terminated. One that is stopped is `stopping`, one that reboots is `running`.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""


def main():
    """Leave if EC2 terminates this machine and others hold the cluster's data."""
    if not path(attempts.JOINED).exists():
        return 0
    settings = machine.settings()
    aws, instance = Aws(settings), path(attempts.JOINED).read_text().strip()
    try:
        state = aws.states(instance).get(instance)
        if state != TERMINATED:
            say(f"this machine stays a member of etcd: EC2 says that it is {state}")
            return 0
        leave(settings, aws, instance)
    except (Failure, Refused, OSError, http.client.HTTPException) as error:
        say(f"cannot leave, the other control planes remove this machine: {error}")
        return 1
    return 0


def leave(settings, aws, instance):
    """Empty the node, delete it, end the API server and leave etcd. The last member stays: with it the cluster's data would go."""
    if not _others(ask(settings, "cluster/member/list", {})["members"], instance):
        _stay(settings, aws)
        return
    kube, end = Kube(ADMIN), time.monotonic() + DRAIN_SECONDS
    drain(kube, instance, lambda: end - time.monotonic())
    # Before etcd: without it the API server of this machine, which may be the one that answers, stops.
    status, _ = kube.ask("DELETE", f"/api/v1/nodes/{instance}")
    say(f"deleted the Node {instance}" if status in (200, 404) else f"the Node stays ({status})")
    _end_api_server(settings)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            left = _leave_etcd(settings, aws, instance)
            break
        except (Failure, OSError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                raise
            say(f"etcd keeps this member for now: {error}")
            time.sleep(PAUSE_SECONDS)
    if not left:
        _stay(settings, aws)
        return
    say(f"left etcd, which has {left} more members" if left != 1 else "left etcd to one member")
    aws.delete([f"{settings['parameters']['status']}/{instance}"])


def _stay(settings, aws):
    """Put what etcd has into the bucket: with this machine the data of the cluster go."""
    say("this is the last member of etcd")
    try:
        name = backup.bucket_name(settings, aws)
        if name:
            version = ask(settings, "maintenance/status", {})["version"]
            backup.keep(settings, aws, Bucket(settings, name), version)
    except (Failure, Refused, OSError, ValueError, http.client.HTTPException) as error:
        say(f"no last backup: {error}")


def _end_api_server(settings):
    """Have the kubelet end the API server, and wait until it has closed its port.

    It says at once that it is not ready, and serves until load balancers have seen that. Without etcd each request would fail.
    """
    if path(MANIFEST).exists():
        path(MANIFEST).replace(path(backup.ENDED))
    deadline = time.monotonic() + CLOSES_SECONDS
    while _listens(settings["apiPort"]):
        if time.monotonic() > deadline:
            say(f"the API server still listens after {CLOSES_SECONDS} seconds")
            return
        time.sleep(1)
    # What it has begun to answer takes a moment more.
    time.sleep(1)


def _listens(port):
    try:
        socket.create_connection(("localhost", port), 5).close()
    except OSError:
        return False
    return True


def _leave_etcd(settings, aws, instance):
    """Leave etcd once; the number of members that remain. 0 if the others have left meanwhile: then this one stays.

    Members whose machines are gone go first: etcd lets no living member go while dead ones make up half of the rest.
    """
    members = ask(settings, "cluster/member/list", {})["members"]
    own = [member for member in members if instance_of(member) == instance]
    if not own:
        return len(members)
    for gone in stale(aws, instance, members, alive=(TERMINATED,)):
        say(f"removing etcd member {gone.get('name') or gone['ID']}: its machine is gone")
        ask(settings, "cluster/member/remove", {"ID": gone["ID"]})
        members.remove(gone)
    others = _others(members, instance)
    if not others:
        return 0
    if ask(settings, "maintenance/status", {})["leader"] == own[0]["ID"]:
        heir = _heir(aws, instance, others)
        say(f"handing etcd's leadership to {heir['name']}")
        ask(settings, "maintenance/transfer-leadership", {"targetID": heir["ID"]})
    ask(settings, "cluster/member/remove", {"ID": own[0]["ID"]})
    return len(members) - 1


def _others(members, instance):
    """The other members that vote. A learner and one that never started hold nothing yet."""
    return [
        member
        for member in members
        if member.get("name") and not member.get("isLearner") and instance_of(member) != instance
    ]


def _heir(aws, instance, others):
    """A member whose machine stays, before one that ends itself."""
    states = aws.states(instance, *filter(None, map(instance_of, others)))
    return max(others, key=lambda member: states.get(instance_of(member)) == "running")


if __name__ == "__main__":
    sys.exit(main())
