"""The add-ons that can be installed into a cluster, one module each: a spec in, manifests and charts out."""

from ..spec.cluster import AddonsSpec
from .addon import Addon, Chart, Manifest
from .calico import CALICO, CALICO_INSTALLATION
from .cilium import CILIUM
from .cloud_controller import CLOUD_CONTROLLER
from .cluster_autoscaler import CLUSTER_AUTOSCALER
from .ebs_csi import EBS_CSI
from .flannel import FLANNEL
from .ip_masq_agent import IP_MASQ_AGENT
from .load_balancer_controller import LOAD_BALANCER_CONTROLLER
from .metrics_server import METRICS_SERVER
from .node_local_dns import NODE_LOCAL_DNS
from .own_role import Access
from .reader import READER

ADDONS: dict[str, Addon] = {
    "flannel": FLANNEL,
    "calico": CALICO,
    "calico-installation": CALICO_INSTALLATION,
    "cilium": CILIUM,
    "ip-masq-agent": IP_MASQ_AGENT,
    "aws-cloud-controller-manager": CLOUD_CONTROLLER,
    "aws-load-balancer-controller": LOAD_BALANCER_CONTROLLER,
    "aws-ebs-csi-driver": EBS_CSI,
    "cluster-autoscaler": CLUSTER_AUTOSCALER,
    "metrics-server": METRICS_SERVER,
    "node-local-dns": NODE_LOCAL_DNS,
    "reader": READER,
}
"""The add-ons by name, in the order in which they are installed."""


def needed(spec: AddonsSpec) -> dict[str, Manifest | Chart]:
    """The content of each add-on that a cluster needs, whether this program installs it or its users do."""
    return {
        name: content
        for name, addon in ADDONS.items()
        if addon.needed(spec) and (content := addon.of(spec))
    }


def installed(spec: AddonsSpec) -> dict[str, Manifest | Chart]:
    """The content of each add-on that this program installs."""
    return {name: content for name, content in needed(spec).items() if ADDONS[name].wanted(spec)}


def with_roles(spec: AddonsSpec) -> dict[str, Access]:
    """What each add-on that this program installs may do on AWS by a role of its own. This renders no content."""
    if not spec.addons_have_roles:
        return {}
    return {
        name: addon.access
        for name, addon in ADDONS.items()
        if addon.access and _is_installed(addon, spec)
    }


def any_installed(spec: AddonsSpec) -> bool:
    """Whether this program installs any add-on. This renders no content."""
    return any(_is_installed(addon, spec) for addon in ADDONS.values())


def _is_installed(addon: Addon, spec: AddonsSpec) -> bool:
    return addon.wanted(spec) and addon.release(spec) is not None
