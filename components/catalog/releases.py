"""Releases of what runs inside the cluster, and the Kubernetes minors that each is for."""

from dataclasses import dataclass

from ..facts.versions import NEWEST, OLDEST


@dataclass(frozen=True, slots=True)
class Release:
    """One release, and the first and the last minor that it is for."""

    version: str
    oldest: int = OLDEST
    newest: int = NEWEST


def release_for(releases: tuple[Release, ...], minor: int) -> Release | None:
    """The release for a minor, if there is one."""
    return next((one for one in releases if one.oldest <= minor <= one.newest), None)


FLANNEL = (Release("0.28.10"),)
"""github.com/flannel-io/flannel. It asks of the API only what every minor here has."""

FLANNEL_PLUGIN = "1.9.1-flannel3"
"""github.com/flannel-io/cni-plugin, the release that this flannel's own manifest names."""

CALICO = (
    # The first that has VXLAN for IPv6 is 3.23; of its line and before, no minor that is tested is here but 1.21.
    Release("3.24.6", 22, 22),
    Release("3.25.2", 23, 23),
    Release("3.26.5", 24, 26),
    Release("3.28.5", 27, 28),
    Release("3.29.7", 29, 30),
    Release("3.30.7", 31, 31),
    Release("3.31.7", 32, 33),
    Release("3.32.1", 34, 36),
    Release("3.33.0", 37, 37),
)
"""github.com/projectcalico/calico. The minors are among those that its documentation of each release says it is tested with:
1.22 to 1.25, 1.23 to 1.28, 1.24 to 1.28, 1.27 to 1.30, 1.29 to 1.32, 1.31 to 1.35, 1.32 to 1.35, 1.34 to 1.36, and 1.35 to 1.37.
https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements"""

CALICO_OPERATOR_API = (Release("v1"),)
"""operator.tigera.io, the same in every release."""

CILIUM = (
    Release("1.13.18", 16, 26),
    Release("1.16.19", 27, 29),
    Release("1.18.12", 30, 32),
    Release("1.20.0", 33, 36),
)
"""github.com/cilium/cilium. The minors are those that its documentation of each release says it is tested with
(Documentation/network/kubernetes/compatibility.rst): 1.16 to 1.26, 1.27 to 1.30, 1.30 to 1.33, and 1.33 to 1.36."""

IP_MASQ_AGENT = (Release("2.12.6"),)
"""github.com/kubernetes-sigs/ip-masq-agent. It asks the API for nothing."""

CLOUD_CONTROLLER = (
    # Before 1.22 it knows no addresses but IPv4; that of 1.22 asks nothing of the API that 1.16 lacks.
    Release("1.22.8", 16, 22),
    Release("1.23.21", 23, 23),
    Release("1.24.20", 24, 24),
    Release("1.25.16", 25, 25),
    Release("1.26.14", 26, 26),
    Release("1.27.10", 27, 27),
    Release("1.28.11", 28, 28),
    Release("1.29.10", 29, 29),
    Release("1.30.10", 30, 30),
    Release("1.31.9", 31, 31),
    Release("1.32.8", 32, 32),
    Release("1.33.4", 33, 33),
    Release("1.34.4", 34, 34),
    Release("1.35.3", 35, 35),
    Release("1.36.2", 36, 36),
    Release("1.37.1", 37, 37),
)
"""github.com/kubernetes/cloud-provider-aws, the last release for each minor."""

LOAD_BALANCER_CONTROLLER = (
    # Up to 1.19 a Service tells its family in a field that no release of it reads.
    Release("1.4.8", 20, 21),
    Release("3.5.0", 22),
)
"""The chart aws-load-balancer-controller of github.com/aws/eks-charts: 1.4.8 installs 2.4.7, the last line for 1.19 to 1.21;
2.5 and all after it ask for 1.22. 3.3.0 put IPv4 addresses into IPv6 target groups (#4775, mended in 3.4.1), and 3.5.0 is the first
that leaves out subnets without IPv6 for a dual-stack load balancer (#4852).
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/#supported-kubernetes-versions"""

EBS_CSI = (Release("2.64.0", 21),)
"""The chart aws-ebs-csi-driver of github.com/kubernetes-sigs/aws-ebs-csi-driver, which installs 1.64.0. Its makers ask for 1.20, and
the budget of disruptions in it is of an API that comes with 1.21. https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/v1.64.0/docs/install.md"""

METRICS_SERVER = (
    Release("0.5.2", 16, 24),
    Release("0.6.4", 25, 26),
    Release("0.7.2", 27, 30),
    Release("0.8.1", 31, 33),
    Release("0.9.0", 34),
)
"""github.com/kubernetes-sigs/metrics-server, the last release of each line, and the first minor that each line is for. 0.5 reads what
kubelets call a summary; 0.6 and all after it read what they call metrics.
https://github.com/kubernetes-sigs/metrics-server#compatibility-matrix"""

NODE_LOCAL_DNS = (Release("1.26.7"),)
"""github.com/kubernetes/dns. It asks the API for nothing."""
