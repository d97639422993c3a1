"""What a kubelet evicts pods by: signals, and thresholds of them.

Read in `parseThresholdStatement` and `signalToResource`:
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/eviction/helpers.go
"""

import re
from collections.abc import Mapping

from .argument_checks import FLOAT
from .argument_kinds import AMOUNT

SIGNALS = (
    *("memory.available", "allocatableMemory.available", "pid.available"),
    *("nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"),
    *("containerfs.available", "containerfs.inodesFree"),
)
"""The signals of any minor."""

OFF = ("0%", "100%")
"""The thresholds that the kubelet passes over."""

USUAL_THRESHOLDS: Mapping[str, str] = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
}
"""The kubelet's own thresholds of eviction.
https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds"""

_SHARE = re.compile(r"([0-9]+)(\.[0-9]+)?%")
_READABLE = re.compile(rf"(?!-)({AMOUNT}|{FLOAT}%)")
_NOTHING = re.compile(r"[+-]?0*(\.0*)?([A-Za-z]+|[eE][-+]?[0-9]+)?")


def useless(threshold: str) -> str | None:
    """Why a threshold cannot be meant; None if it can. With an amount of zero, or more than all, a kubelet does not start."""
    share = _SHARE.fullmatch(threshold)
    if share and len(share[1].lstrip("0")) > 2:
        return f"{threshold} is all there is, or more; write a smaller share, or 0% to turn it off"
    if not _READABLE.fullmatch(threshold):
        return (
            f"{threshold or 'nothing'} is no amount; write a share like 10% or an amount like 500Mi"
        )
    if _NOTHING.fullmatch(threshold):
        return f"{threshold} is no amount, and no kubelet starts with it; write 0% to turn it off"
    return None
