"""metrics-server: the CPU and memory that pods and nodes use, for `kubectl top` and for autoscaling."""

from ..facts.choices import KubeletCertificates
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, image, manifest
from .placement import allowed_on_control_planes

CHECKED = "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
"""The certificate of the cluster's authority, which every pod with a token has."""
UNCHECKED = "--kubelet-insecure-tls"


def content(spec: AddonsSpec, version: str) -> Manifest:
    """The server's objects."""
    return manifest(
        "metrics-server",
        image=image(spec, "registry.k8s.io/metrics-server/metrics-server", version),
        arguments=[
            "--cert-dir=/tmp",
            "--secure-port=4443",
            # Of a node's internal addresses the first is used, which is that of the primary family.
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            CHECKED if spec.kubelet_certificates is KubeletCertificates.VERIFIED else UNCHECKED,
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
