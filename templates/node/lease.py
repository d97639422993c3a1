"""The turn of a control plane that renews its certificates: a Lease in the API, which one machine holds at a time."""

import calendar
import time

from machine import Failure, say

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
NAME = "dualstack-renewal"
SECONDS = 1800
"""The age from which its holder counts as dead. A renewal takes at most half of this time."""
SECOND = "%Y-%m-%dT%H:%M:%S"


def take(kube, own):
    """Hold it; a `Failure` if another machine does, or the API does not answer. One that this machine has left behind begins again."""
    lease = _found(kube)
    if lease and (_over(lease) or _holder(lease) == own):
        _remove(kube, lease)
    elif lease:
        raise Failure(f"{_holder(lease)} renews its certificates")
    now = time.strftime(f"{SECOND}.000000Z", time.gmtime())
    body = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": NAME},
        "spec": {"holderIdentity": own, "leaseDurationSeconds": SECONDS, "renewTime": now},
    }
    status, _ = kube.ask("POST", LEASES, body)
    if status == 409:
        raise Failure("another control plane begins to renew its certificates")
    if status != 201:
        raise Failure(f"the API does not take the Lease {NAME} ({status})")


def give_back(kube, own):
    """Hold it no more. If the API does not answer, it ends by its age."""
    try:
        lease = _found(kube)
        if lease and _holder(lease) == own:
            _remove(kube, lease)
    except Failure as failure:
        say(str(failure))


def holder(kube):
    """The machine that renews its certificates; None if none does. A `Failure` if the API does not say."""
    lease = _found(kube)
    return _holder(lease) if lease and not _over(lease) else None


def _found(kube):
    status, lease = kube.ask("GET", f"{LEASES}/{NAME}")
    if status not in (200, 404):
        raise Failure(f"the API does not say who holds the Lease {NAME} ({status})")
    return lease if status == 200 else None


def _holder(lease):
    return lease["spec"]["holderIdentity"]


def _over(lease):
    begun = calendar.timegm(time.strptime(lease["spec"]["renewTime"][:19], SECOND))
    return time.time() > begun + lease["spec"]["leaseDurationSeconds"]


def _remove(kube, lease):
    """Remove this one, and none that another machine has made in its place."""
    options = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": lease["metadata"]["uid"]},
    }
    kube.ask("DELETE", f"{LEASES}/{NAME}", options)
