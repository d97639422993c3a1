"""Releases of what runs inside the cluster, and for which Kubernetes minors."""

from .versions import Minor

FLANNEL = "0.28.10"
"""github.com/flannel-io/flannel, a release. It asks of the API only what every minor here has."""

FLANNEL_PLUGIN = "1.9.1-flannel3"
"""github.com/flannel-io/cni-plugin, the release that this flannel's own manifest names."""

CLOUD_CONTROLLERS = {
    22: "1.22.8",
    23: "1.23.21",
    24: "1.24.20",
    25: "1.25.16",
    26: "1.26.14",
    27: "1.27.10",
    28: "1.28.11",
    29: "1.29.10",
    30: "1.30.10",
    31: "1.31.9",
    32: "1.32.8",
    33: "1.33.4",
    34: "1.34.4",
    35: "1.35.3",
    36: "1.36.2",
    37: "1.37.1",
}
"""github.com/kubernetes/cloud-provider-aws, the last release for each minor."""


def cloud_controller_of(minor: Minor) -> str:
    """The AWS cloud controller manager for a minor.

    Before 1.22 it knows no addresses but IPv4, so older clusters get that of 1.22, which asks nothing of the API that 1.16
    lacks.
    """
    return CLOUD_CONTROLLERS[max(minor.minor, min(CLOUD_CONTROLLERS))]
