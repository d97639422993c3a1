"""The releases of add-ons that are installed, each with the Kubernetes minors that it is for."""

from dataclasses import dataclass

from ..facts.versions import NEWEST, OLDEST


@dataclass(frozen=True, slots=True)
class PinnedRelease:
    """One release, and the first and the last minor for which it is installed."""

    version: str
    oldest: int = OLDEST
    newest: int = NEWEST


def release_for(releases: tuple[PinnedRelease, ...], minor: int) -> PinnedRelease | None:
    """The release for a minor; None if there is none."""
    return next((one for one in releases if one.oldest <= minor <= one.newest), None)


FLANNEL = (PinnedRelease("0.28.10"),)
"""github.com/flannel-io/flannel. It uses only parts of the API that every minor here has."""

FLANNEL_PLUGIN = "1.9.1-flannel3"
"""github.com/flannel-io/cni-plugin: the release that the manifest of this flannel release names."""

CALICO = (
    # IPv6 over VXLAN needs Calico 3.23. Of the minors that 3.23 is tested with, it would add only 1.21 to this table. So the table
    # begins with 3.24, for 1.22.
    PinnedRelease("3.24.6", 22, 22),
    PinnedRelease("3.25.2", 23, 23),
    PinnedRelease("3.26.5", 24, 26),
    PinnedRelease("3.28.5", 27, 28),
    PinnedRelease("3.29.7", 29, 30),
    PinnedRelease("3.30.7", 31, 31),
    PinnedRelease("3.31.7", 32, 33),
    PinnedRelease("3.32.1", 34, 36),
    PinnedRelease("3.33.0", 37, 37),
)
"""github.com/projectcalico/calico. The minors are among those that the documentation of each release lists as tested. In the
same order, it lists 1.22 to 1.25, 1.23 to 1.28, 1.24 to 1.28, 1.27 to 1.30, 1.29 to 1.32, 1.31 to 1.35, 1.32 to 1.35, 1.34 to 1.36, and 1.35 to 1.37.
https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements"""

CALICO_OPERATOR_API = (PinnedRelease("v1"),)
"""The version of the API group operator.tigera.io, the same in every release of Calico."""

READER = (PinnedRelease("v1"),)
"""The version of the API group rbac.authorization.k8s.io, the same in every minor here."""

CILIUM = (
    PinnedRelease("1.13.18", 16, 26),
    PinnedRelease("1.16.19", 27, 29),
    PinnedRelease("1.18.12", 30, 32),
    PinnedRelease("1.20.0", 33, 36),
)
"""github.com/cilium/cilium. The minors are among those that the documentation of each release lists as tested
(Documentation/network/kubernetes/compatibility.rst). In the same order, it lists 1.16 to 1.26, 1.27 to 1.30, 1.30 to 1.33, and 1.33 to 1.36."""

IP_MASQ_AGENT = (PinnedRelease("2.12.6"),)
"""github.com/kubernetes-sigs/ip-masq-agent. It does not use the API, so it suits every minor."""

CLOUD_CONTROLLER = (
    # Releases before 1.22 report IPv4 addresses only. The release of 1.22 uses no part of the API that 1.16 lacks.
    PinnedRelease("1.22.8", 16, 22),
    PinnedRelease("1.23.21", 23, 23),
    PinnedRelease("1.24.20", 24, 24),
    PinnedRelease("1.25.16", 25, 25),
    PinnedRelease("1.26.14", 26, 26),
    PinnedRelease("1.27.10", 27, 27),
    PinnedRelease("1.28.11", 28, 28),
    PinnedRelease("1.29.10", 29, 29),
    PinnedRelease("1.30.10", 30, 30),
    PinnedRelease("1.31.9", 31, 31),
    PinnedRelease("1.32.8", 32, 32),
    PinnedRelease("1.33.4", 33, 33),
    PinnedRelease("1.34.4", 34, 34),
    PinnedRelease("1.35.3", 35, 35),
    PinnedRelease("1.36.2", 36, 36),
    PinnedRelease("1.37.1", 37, 37),
)
"""github.com/kubernetes/cloud-provider-aws: the last release for each minor."""

LOAD_BALANCER_CONTROLLER = (
    # Up to 1.19 a Service has its family in `ipFamily`, which no release of the controller reads.
    PinnedRelease("1.4.8", 20, 21),
    PinnedRelease("3.5.0", 22),
)
"""The chart aws-load-balancer-controller of github.com/aws/eks-charts.

Chart 1.4.8 installs 2.4.7, of the last line for 1.19 to 1.21: 2.5 and later need 1.22. 3.3.0 put IPv4 addresses into IPv6 target
groups (#4775, fixed in 3.4.1). 3.5.0 is the first that skips subnets without IPv6 for a dual-stack load balancer (#4852).
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/#supported-kubernetes-versions"""

EBS_CSI = (PinnedRelease("2.64.0", 21),)
"""The chart aws-ebs-csi-driver of github.com/kubernetes-sigs/aws-ebs-csi-driver, which installs 1.64.0.

The project requires 1.20, but the API version of the chart's PodDisruptionBudget exists from 1.21 on.
https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/v1.64.0/docs/install.md"""

CLUSTER_AUTOSCALER = (
    PinnedRelease("1.16.7", 16, 16),
    PinnedRelease("1.17.4", 17, 17),
    PinnedRelease("1.18.3", 18, 18),
    PinnedRelease("1.19.3", 19, 19),
    PinnedRelease("1.20.3", 20, 20),
    PinnedRelease("1.21.3", 21, 21),
    PinnedRelease("1.22.3", 22, 22),
    PinnedRelease("1.23.1", 23, 23),
    PinnedRelease("1.24.3", 24, 24),
    PinnedRelease("1.25.3", 25, 25),
    PinnedRelease("1.26.8", 26, 26),
    PinnedRelease("1.27.8", 27, 27),
    PinnedRelease("1.28.7", 28, 28),
    PinnedRelease("1.29.5", 29, 29),
    PinnedRelease("1.30.7", 30, 30),
    PinnedRelease("1.31.5", 31, 31),
    PinnedRelease("1.32.7", 32, 32),
    PinnedRelease("1.33.6", 33, 33),
    PinnedRelease("1.34.5", 34, 34),
    PinnedRelease("1.35.2", 35, 35),
    PinnedRelease("1.36.1", 36, 36),
)
"""github.com/kubernetes/autoscaler: the last release for each minor. Its makers recommend the release of the cluster's own minor,
because it simulates that minor's scheduler. The first for 1.37 is not known here yet."""

CLUSTER_AUTOSCALER_CHART = "9.59.0"
"""The chart cluster-autoscaler of github.com/kubernetes/autoscaler. It writes the API versions of each minor here."""

METRICS_SERVER = (
    PinnedRelease("0.5.2", 16, 24),
    PinnedRelease("0.6.4", 25, 26),
    PinnedRelease("0.7.2", 27, 30),
    PinnedRelease("0.8.1", 31, 33),
    PinnedRelease("0.9.0", 34),
)
"""github.com/kubernetes-sigs/metrics-server: the last release of each line, from the first minor that the line is for.

0.5 reads the kubelets' endpoint for a summary. 0.6 and later read their endpoint for metrics.
https://github.com/kubernetes-sigs/metrics-server#compatibility-matrix"""

NODE_LOCAL_DNS = (PinnedRelease("1.26.7"),)
"""github.com/kubernetes/dns. It does not use the API, so it suits every minor."""
