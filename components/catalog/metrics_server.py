"""metrics-server: what pods and nodes use, for `kubectl top` and for autoscaling."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, image, manifest
from .placement import allowed_on_control_planes


def content(spec: AddonsSpec, version: str) -> Manifest:
    """Its objects."""
    return manifest(
        "metrics-server",
        image=image(spec, "registry.k8s.io/metrics-server/metrics-server", version),
        arguments=[
            "--cert-dir=/tmp",
            "--secure-port=4443",
            # The first in the node's list: that of the primary family.
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            # Each kubelet signs its certificate itself: for one of the cluster's authority somebody would have to approve
            # each request, and kubeadm brings nobody.
            "--kubelet-insecure-tls",
            "--metric-resolution=15s",
        ],
        tolerations=allowed_on_control_planes(spec),
    )


METRICS_SERVER = Addon(
    chosen_by="addons.metricsServer",
    instead="turn it off",
    needed=lambda spec: spec.addons.metrics_server,
    on=lambda switches: switches.metrics_server,
    releases=releases.METRICS_SERVER,
    content=content,
)
