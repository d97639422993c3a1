"""Releases of what runs inside the cluster, and the Kubernetes minors that each is for."""

from dataclasses import dataclass

from ..versions import MINORS, NEWEST

OLDEST = min(MINORS)


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

CILIUM = (
    Release("1.13.18", 16, 26),
    Release("1.16.19", 27, 29),
    Release("1.18.12", 30, 32),
    Release("1.20.0", 33, 36),
)
"""github.com/cilium/cilium. The minors are those that its documentation of each release says it is tested with
(Documentation/network/kubernetes/compatibility.rst): 1.16 to 1.26, 1.27 to 1.30, 1.30 to 1.33, and 1.33 to 1.36."""

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
