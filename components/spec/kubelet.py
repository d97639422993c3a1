"""The limits of a kubelet, for the machines of a pool or of the control plane."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from ..config.forms import Whole, matching
from ..config.section import Section
from ..facts.eviction_thresholds import useless

USUAL_PODS = 110
"""The most pods of a kubelet that is given no other number."""


def _threshold(value: str) -> str:
    if reason := useless(value):
        raise ValueError(reason)
    return value


Quantity = Annotated[
    str,
    matching(
        r"[0-9]+(\.[0-9]+)?(m|[kMGT]|[KMGT]i)?",
        "a quantity of Kubernetes, in quotes; write one like 500m, 2Gi or 1000",
    ),
]
Threshold = Annotated[
    str,
    matching(
        r"[0-9]+(\.[0-9]+)?(%|[kMGT]|[KMGT]i)?",
        "a threshold; write a share like 10% or an amount like 500Mi, in quotes",
    ),
    AfterValidator(_threshold),
]
MaxPods = Annotated[Whole, Field(ge=1, le=65534)]
PodPids = Annotated[Whole, Field(ge=64, le=4194304)]
"""The kernel counts at most 4194304 processes."""


class Reservable(StrEnum):
    """What a kubelet can keep from pods."""

    CPU = "cpu"
    MEMORY = "memory"
    EPHEMERAL_STORAGE = "ephemeral-storage"
    PID = "pid"


class Signal(StrEnum):
    """What a kubelet watches to evict pods in time."""

    MEMORY = "memory.available"
    NODE_DISK = "nodefs.available"
    NODE_INODES = "nodefs.inodesFree"
    IMAGE_DISK = "imagefs.available"
    IMAGE_INODES = "imagefs.inodesFree"
    PROCESSES = "pid.available"


class KubeletSection(Section):
    """The limits of the kubelets of some machines. A machine reads them once, when it becomes a node."""

    max_pods: MaxPods | None = None
    """The most pods of one machine. By default 110, the kubelet's own limit."""
    kube_reserved: dict[Reservable, Quantity] = {}
    """What is kept from pods for the kubelet and the runtime. By default each machine computes `cpu` and `memory` from
    its own size: a quarter of the first 4 GiB, and less of what is above it."""
    system_reserved: dict[Reservable, Quantity] = {}
    """What is kept from pods for everything else on the machine. Nothing by default: `kubeReserved` has room for both."""
    eviction_hard: dict[Signal, Threshold] = {}
    """When the kubelet evicts pods, beside its own thresholds: less than 100Mi of memory, 10% of the disk or 5% of its
    inodes, 15% of the images' disk."""
    pod_pids_limit: PodPids | None = None
    """The most processes of one pod. By default 4096: a pod that forks without end cannot stop its machine."""

    def limits(self) -> Mapping[str, object]:
        """The limits that are set, by the kubelet's flag."""
        named = {
            "max-pods": self.max_pods,
            "kube-reserved": self.kube_reserved,
            "system-reserved": self.system_reserved,
            "eviction-hard": self.eviction_hard,
            "pod-max-pids": self.pod_pids_limit,
        }
        return {flag: value for flag, value in named.items() if value}


FIELD_OF_FLAG: Mapping[str, str] = {
    "max-pods": "maxPods",
    "kube-reserved": "kubeReserved",
    "system-reserved": "systemReserved",
    "eviction-hard": "evictionHard",
    "pod-max-pids": "podPidsLimit",
}
"""The field of a pool's kubelets that sets each flag."""


def pods_of(kubelet: KubeletSection, arguments: Mapping[str, str]) -> int:
    """The most pods of a machine: by the argument for all kubelets, by the field, or by the kubelet's own default."""
    given = arguments.get("max-pods", "")
    if given.isascii() and given.isdigit():
        return int(given)
    return kubelet.max_pods or USUAL_PODS
