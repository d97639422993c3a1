"""Removal of etcd members whose machine is gone. Such members count for quorum, and block the join of new control planes."""

import http.client
import json
import re
import sys
import time

import imds
import machine
from aws import Aws, Refused
from etcd import ask
from kube import ADMIN
from machine import Failure, path, run, say, write

UNSTARTED = "/run/dualstack/unstarted-members"
UNSTARTED_SECONDS = 1200
"""The age from which a member without a name counts as abandoned.

A member has no name until its etcd starts. A join takes minutes at most.
"""
INSTANCE = re.compile(r"(i-[0-9a-f]{8,17})(?:\.|$)")
"""The instance in a member's name. A domain may follow: machines of earlier versions of this project have one in their names."""


def main():
    """Remove at most one member. The timer's next run removes the next."""
    settings = machine.settings()
    try:
        members = ask(settings, "cluster/member/list", {})["members"]
        for member in stale(Aws(settings), imds.require("instance-id"), members)[:1]:
            name = member.get("name")
            say(f"removing etcd member {name or member['ID']}: its machine is gone")
            if name:
                # Without a cloud controller nothing else deletes the Node object. It goes first: only while etcd has the member is it
                # tried again.
                run(
                    "kubectl",
                    "delete",
                    "node",
                    name,
                    "--ignore-not-found",
                    "--wait=false",
                    f"--kubeconfig={ADMIN}",
                )
            ask(settings, "cluster/member/remove", {"ID": member["ID"]})
    except (Failure, Refused, OSError, http.client.HTTPException) as error:
        say(f"cannot look after etcd's members: {error}")
        return 1
    return 0


def stale(aws, own, members, alive=("running",)):
    """The members whose machine EC2 has terminated or forgotten, and the members that were added but never started.

    `alive` are the states in which EC2 may know the asking machine.
    """
    since = _unstarted_since([member["ID"] for member in members if not member.get("name")])
    named = {instance_of(member): member for member in members if instance_of(member)}
    states = aws.states(own, *named) if len(named) > 1 else {}
    # If EC2 does not know this machine, its answer about others is not trusted either.
    judged = named if states.get(own) in alive else {}
    gone = [
        member
        for instance, member in judged.items()
        if states.get(instance, "terminated") == "terminated"
    ]
    late = time.time() - UNSTARTED_SECONDS
    return gone + [member for member in members if since.get(member["ID"], late) < late]


def instance_of(member):
    """The instance that a member runs on; None if its name does not say."""
    found = INSTANCE.match(member.get("name", ""))
    return found and found.group(1)


def _unstarted_since(unstarted):
    """The time at which each member without a name was first seen, by member id."""
    file = path(UNSTARTED)
    known = json.loads(file.read_text()) if file.exists() else {}
    since = {member: known.get(member, time.time()) for member in unstarted}
    write(UNSTARTED, json.dumps(since), 0o600)
    return since


if __name__ == "__main__":
    sys.exit(main())
