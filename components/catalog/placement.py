"""Where the pods of an add-on run, and how many."""

from ..facts.versions import minor_of
from ..spec.cluster import AddonsSpec


def on_control_planes(spec: AddonsSpec) -> dict[str, str]:
    """Nodes whose role may ask AWS for more than a worker's."""
    return {minor_of(spec.cluster.kubernetes_version).control_plane_labels[-1]: ""}


def allowed_on_control_planes(spec: AddonsSpec) -> list[dict[str, str]]:
    """Tolerations of what may run beside the API server, so that it runs before there are workers."""
    return [
        {"key": taint, "operator": "Exists", "effect": "NoSchedule"}
        for taint in minor_of(spec.cluster.kubernetes_version).control_plane_taints
    ]


def copies(spec: AddonsSpec) -> int:
    """A second copy of a controller waits for the first to fail, on another control plane if there is one."""
    return min(spec.control_plane.count, 2)
