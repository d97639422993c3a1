"""What can be installed into a cluster: a spec in, what its API is given out. One module for each add-on."""

from ..spec import AddonsSpec
from .addon import Addon, Chart, Manifest
from .cilium import CILIUM
from .cloud_controller import CLOUD_CONTROLLER
from .flannel import FLANNEL

ADDONS: dict[str, Addon] = {
    "flannel": FLANNEL,
    "cilium": CILIUM,
    "aws-cloud-controller-manager": CLOUD_CONTROLLER,
}
"""Each add-on by its name, in the order in which they are installed."""


def needed(spec: AddonsSpec) -> dict[str, Manifest | Chart]:
    """Each add-on that a cluster has, whoever installs it."""
    return {
        name: content
        for name, addon in ADDONS.items()
        if addon.needed(spec) and (content := addon.of(spec))
    }


def installed(spec: AddonsSpec) -> dict[str, Manifest | Chart]:
    """Each add-on that is ours to install."""
    return {name: addon for name, addon in needed(spec).items() if ADDONS[name].on(spec.addons)}
