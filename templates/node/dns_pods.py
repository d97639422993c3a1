"""CoreDNS on more than one machine. It is made when the cluster has one node, so all its pods are there, and DNS ends with that machine.

One of them is evicted when another node can have it; the scheduler prefers nodes without one. kubeadm's makers ask for this by hand:
https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/
"""

import time

from drain import evict
from machine import say
from order import ready

PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns"
LOOK_SECONDS = 15
AFTER_SECONDS = 600
"""The time after an eviction: the new pod may come back here, where no other node has room for it."""


class DnsPods:
    """CoreDNS's pods, as the machine sees them that may have all of them. No other machine does anything."""

    def __init__(self, kube, instance):
        self._kube, self._instance = kube, instance
        self._next = 0

    def look(self):
        """Evict one of the pods if all run on this machine and another can run it."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_SECONDS
        _, found = self._kube.ask("GET", PODS)
        pods = found.get("items", [])
        here = [pod for pod in pods if pod["spec"].get("nodeName") == self._instance and ready(pod)]
        if len(here) < 2 or len(here) < len(pods) or not self._others():
            return
        name = here[-1]["metadata"]["name"]
        refused = evict(self._kube, here[-1])
        self._next = time.monotonic() + AFTER_SECONDS
        say(
            f"cannot evict {name}: {refused}"
            if refused
            else f"evicted {name}: all of CoreDNS is here"
        )

    def _others(self):
        """Whether another node can run a pod that tolerates no taint but a control plane's."""
        _, found = self._kube.ask("GET", "/api/v1/nodes")
        return any(
            ready(node)
            and not node["spec"].get("unschedulable")
            and all(
                taint["effect"] == "PreferNoSchedule"
                for taint in node["spec"].get("taints", [])
                if not taint["key"].startswith("node-role.kubernetes.io/")
            )
            for node in found.get("items", [])
            if node["metadata"]["name"] != self._instance
        )
