"""Emptying of this machine's node: no further pod comes, and its pods go elsewhere as their disruption budgets allow."""

import time

from machine import say

MIRROR = "kubernetes.io/config.mirror"
"""The annotation of a pod that a manifest on the machine stands for."""
PAUSE_SECONDS = 2
AGAIN_SECONDS = 5
"""The time after which a refused eviction is asked for again. A budget's refusal names none."""


def drain(kube, node, left):
    """Cordon the node and evict its pods, until none is left or `left()`, the seconds that remain, is over. Whether none is left."""
    next_try, cordoned, refused = {}, False, {}
    while True:
        # 404: the Node is deleted already, and an earlier run was cut off.
        cordon = {"spec": {"unschedulable": True}}
        cordoned = cordoned or kube.patch_node(node, cordon) in (200, 404)
        pods = _leaving(kube, node)
        if cordoned and pods == []:
            return True
        for pod in pods or []:
            name = _name(pod)
            if pod["metadata"].get("deletionTimestamp") or next_try.get(name, 0) > time.monotonic():
                continue
            next_try[name] = time.monotonic() + AGAIN_SECONDS
            reason = evict(kube, pod)
            if reason and refused.get(name) != reason:
                say(f"{name} stays for now: {reason}")
            refused[name] = reason
        if left() <= 0:
            say(f"the time is over, and these pods have not left: {_names(pods)}")
            return False
        time.sleep(PAUSE_SECONDS)


def _leaving(kube, node):
    """The pods of the node that must leave; None if the API does not say.

    Those of a DaemonSet and of the machine's own manifests belong to the machine, and those that have ended need nothing.
    """
    status, pods = kube.pods(node)
    if status != 200:
        return None
    return [
        pod
        for pod in pods
        if MIRROR not in pod["metadata"].get("annotations", {})
        and not any(
            owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", [])
        )
        and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
    ]


def evict(kube, pod):
    """Ask for one eviction; why it was refused, None if it was not. A pod that is gone already is as good."""
    names = {key: pod["metadata"][key] for key in ("name", "namespace")}
    target = "/api/v1/namespaces/{namespace}/pods/{name}/eviction".format(**names)
    # API servers before 1.22 know the first version alone, and say 400 to the second.
    for version in ("policy/v1", "policy/v1beta1"):
        body = {"apiVersion": version, "kind": "Eviction", "metadata": names}
        status, said = kube.ask("POST", target, body)
        if status != 400:
            break
    if status in (200, 201, 404):
        return None
    return f"{said.get('message', 'no answer')} ({status})"


def _names(pods):
    if pods is None:
        return "the API does not say which"
    return ", ".join(_name(pod) for pod in pods)


def _name(pod):
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
