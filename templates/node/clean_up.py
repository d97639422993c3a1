"""Clean-up in a destroy: what controllers of the cluster have made in AWS ends while the controllers still run.

The stack holds a ConfigMap in the cluster, which a destroy deletes first. Control planes give it a finalizer, so its deletion waits for
them. They delete what holds load balancers and volumes, and take the finalizer away once nothing is left.

A ConfigMap may also be deleted by hand, or because the stack installs no add-ons any more. So the stack holds a mark too, a parameter in
SSM that a destroy deletes before. With the mark, nothing in the cluster is deleted.
"""

import time

import aws_objects
from machine import Failure, say

CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/dualstack-clean-up"
FINALIZER = "dualstack/clean-up"
EVENTS = "/api/v1/namespaces/kube-system/events"
LOOKS = 5
"""How often in a row something must be seen before it is believed: SSM may show a mark for seconds after its deletion, and a controller
may be about to make what is not there yet."""
MESSAGE_CHARACTERS = 1000
"""The API accepts 1024."""
MERGE = "application/merge-patch+json"


class CleanUp:
    """The clean-up of one cluster, as one control plane sees it. All control planes do the same."""

    def __init__(self, settings, kube, aws):
        self._kube, self._aws = kube, aws
        self._mark = mark(settings)
        self._marked = self._clear = 0
        self._said = self._kept = None

    def look(self):
        """Do what is to do now. Called again and again; a `Failure` if the API does not answer."""
        status, found = self._kube.ask("GET", CONFIG_MAP)
        if status == 404:
            return
        if status != 200:
            raise Failure(f"the API does not say whether a destroy has begun ({status})")
        metadata = found["metadata"]
        held = FINALIZER in metadata.get("finalizers", [])
        if "deletionTimestamp" not in metadata:
            if not held:
                # What a destroy that was stopped has forbidden.
                aws_objects.allow(self._kube)
                self._finalizers(metadata, [*metadata.get("finalizers", []), FINALIZER])
        elif held:
            self._end(metadata)

    def _end(self, metadata):
        if self._aws.get(self._mark):
            self._marked, self._clear = self._marked + 1, 0
            if self._marked == LOOKS:
                aws_objects.allow(self._kube)
                self._let_go(metadata)
                say(f"SSM has {self._mark}, so this is no destroy: nothing is deleted")
            return
        self._marked = 0
        self._tell_kept(metadata)
        left = aws_objects.delete(self._kube)
        self._clear = 0 if left else self._clear + 1
        self._tell(metadata, left)
        if self._clear == LOOKS:
            self._let_go(metadata)
            say("controllers of the cluster have nothing left in AWS that goes with its object")

    def _tell_kept(self, metadata):
        """Say which volumes stay, when that changes."""
        kept = ", ".join(aws_objects.kept(self._kube))
        if kept and kept != self._kept:
            text = f"volumes stay in AWS, because their reclaim policy is Retain: {kept}"
            say(text)
            self._kube.ask("POST", EVENTS, _event(metadata, text, "Stays"))
        self._kept = kept

    def _tell(self, metadata, left):
        """Say what is left: in the journal, and by an event, which `pulumi destroy` shows if it is a warning."""
        text = ", ".join(left)
        if left and text != self._said:
            say(f"the destroy waits for {text}")
            self._kube.ask("POST", EVENTS, _event(metadata, text, "WaitsFor"))
        self._said = text

    def _let_go(self, metadata):
        self._marked = self._clear = 0
        self._finalizers(metadata, [one for one in metadata["finalizers"] if one != FINALIZER])

    def _finalizers(self, metadata, wanted):
        """Set the finalizers. With the version, the API refuses this if another control plane was faster."""
        change = {"resourceVersion": metadata["resourceVersion"], "finalizers": wanted}
        status, said = self._kube.ask("PATCH", CONFIG_MAP, {"metadata": change}, MERGE)
        if status not in (200, 404, 409):
            raise Failure(f"cannot set finalizers: {said.get('message', 'no answer')} ({status})")


def _event(metadata, text, reason):
    """A warning about the ConfigMap."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    about = {key: metadata[key] for key in ("name", "namespace", "uid")}
    return {
        "metadata": {"generateName": f"{about['name']}.", "namespace": about["namespace"]},
        "involvedObject": {"apiVersion": "v1", "kind": "ConfigMap", **about},
        "type": "Warning",
        "reason": reason,
        "message": text[:MESSAGE_CHARACTERS],
        "source": {"component": "dualstack"},
        "firstTimestamp": now,
        "lastTimestamp": now,
    }


def mark(settings):
    """The parameter that exists as long as the stack holds the cluster. Machines of earlier releases have no such setting."""
    return f"{settings['parameters']['status'].rpartition('/')[0]}/running/present"
