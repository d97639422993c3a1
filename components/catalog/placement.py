"""The nodes on which an add-on's pods run, and the number of its pods."""

from ..facts.versions import minor_of
from ..spec.cluster import AddonsSpec


def on_control_planes(spec: AddonsSpec) -> dict[str, str]:
    """The node selector for control planes, whose IAM role has more permissions than that of workers."""
    return {minor_of(spec.cluster.kubernetes_version).control_plane_labels[-1]: ""}


def allowed_on_control_planes(spec: AddonsSpec) -> list[dict[str, str]]:
    """The tolerations of pods that may run on control planes, so that they run before there are workers."""
    return [
        {"key": taint, "operator": "Exists", "effect": "NoSchedule"}
        for taint in minor_of(spec.cluster.kubernetes_version).control_plane_taints
    ]


def copies(spec: AddonsSpec) -> int:
    """The number of copies of a controller: two if there is more than one control plane, of which one is active and one on standby."""
    return min(spec.control_plane.count, 2)
