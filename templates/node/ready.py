"""Complete the launch hook of this machine's Auto Scaling group, once the machine's Node is Ready and can run pods of applications.

Until then the group does not count the machine as there, so an instance refresh ends no old machine for it. If the machine never
completes the hook, AWS ends it. A machine in no group has nothing to complete.
"""

import sys
import time

import attempts
import machine
from aws import Refused
from groups import JOINED, Groups
from kube import Kube
from machine import Failure, path, say, write

CONFIGURATION = "/var/lib/kubelet/config.yaml"
UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
"""The taint that a Node has until a cloud controller knows its machine. No pod of an application tolerates it."""
ASKS = "serverTLSBootstrap: true"
CERTIFICATE = "/var/lib/kubelet/pki/kubelet-server-current.pem"
DONE = "/var/lib/dualstack/ready"
FINISHED = "/var/lib/dualstack/finished"
REPORT_SECONDS = 60
"""The time between two reports of what a machine waits for."""
CERTIFICATE_SECONDS = 120
"""The longest time that a Ready machine waits for its kubelet's certificate. Pods run without it: `kubectl logs` and `exec` fail."""


def main():
    """Wait until this machine is a Ready node, and tell its group. If AWS fails, the systemd unit starts this again."""
    settings = machine.settings()
    aws = Groups(settings)
    instance = _joined(settings)
    try:
        _wait(aws, settings, instance)
        _complete(aws, instance)
    except (Failure, Refused) as error:
        say(f"the group does not hear that this machine is ready: {error}")
        return 1
    write(DONE, "", 0o644)
    return 0


def _joined(settings):
    """The machine's instance id, once it has joined and the commands of the configuration have succeeded."""
    last = FINISHED if settings.get("commands", {}).get("post") else attempts.JOINED
    while not path(last).exists():
        time.sleep(5)
    return path(attempts.JOINED).read_text().strip()


def _wait(aws, settings, instance):
    """Wait until the Node is Ready. The machine's status says why it is not."""
    kube, waited, late = Kube(), 0, False
    while True:
        reason = obstacle(*kube.node(instance))
        if not reason:
            break
        if waited % REPORT_SECONDS == 0 and waited:
            late = True
            attempts.report(aws, settings, instance, f"joined, but not ready: {reason}")
            say(f"not ready: {reason}")
        time.sleep(5)
        waited += 5
    _wait_for_certificate()
    say(f"{instance} is ready")
    if late:
        attempts.report(aws, settings, instance, "joined")


def _wait_for_certificate():
    """Wait until the kubelet serves with a certificate of the cluster, if it asks for one. Without it the API cannot reach the kubelet."""
    for _ in range(CERTIFICATE_SECONDS):
        if ASKS not in path(CONFIGURATION).read_text() or path(CERTIFICATE).exists():
            return
        time.sleep(1)
    say("its kubelet has no certificate yet: see `kubectl get csr`")


def obstacle(status, node):
    """Why pods do not run on a Node; None if they do."""
    if status != 200:
        return f"the API answers {status} about its Node" if status else "the API does not answer"
    for condition in node.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            if condition["status"] == "True":
                return _uninitialized(node)
            return f"{condition.get('reason')}: {condition.get('message')}"
    return "its Node says nothing of readiness"


def _uninitialized(node):
    """What a Ready Node lacks until the cloud controller has seen its machine; None if it lacks nothing."""
    taints = {taint["key"] for taint in node.get("spec", {}).get("taints", [])}
    return "no cloud controller has initialised its Node" if UNINITIALIZED in taints else None


def _complete(aws, instance):
    """Complete the hook, if the machine is in a group and waits for it."""
    while True:
        group, state = aws.members(instance).get(instance, ("", ""))
        if state == "Pending:Wait":
            aws.complete(group, JOINED, instance)
            say(f"{group} counts this machine as there")
            return
        # At its launch a machine may be a moment before its hook.
        if state != "Pending":
            say(f"no launch hook waits for this machine ({state or 'it is in no group'})")
            return
        time.sleep(5)


if __name__ == "__main__":
    sys.exit(main())
