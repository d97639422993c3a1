"""Dual-stack Kubernetes on AWS: components for clusters in which every node, pod and Service can have both families."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .addons import Addons, AddonsArgs
    from .ci_roles import CiRoles, CiRolesArgs
    from .cluster import Cluster, ClusterArgs
    from .control_plane import ControlPlane, ControlPlaneArgs
    from .endpoint import ApiEndpoint, ApiEndpointArgs
    from .firewall import Firewall, FirewallArgs
    from .identity import Identity, IdentityArgs
    from .network import Network, NetworkArgs
    from .roles import Roles, RolesArgs
    from .service import DualStackService, DualStackServiceArgs
    from .service_manifest import dual_stack_service
    from .state_backend import StateBackend, StateBackendArgs
    from .workers import WorkerPool, WorkerPoolArgs


__all__ = [
    "Addons",
    "AddonsArgs",
    "ApiEndpoint",
    "ApiEndpointArgs",
    "CiRoles",
    "CiRolesArgs",
    "Cluster",
    "ClusterArgs",
    "ControlPlane",
    "ControlPlaneArgs",
    "DualStackService",
    "DualStackServiceArgs",
    "Firewall",
    "FirewallArgs",
    "Identity",
    "IdentityArgs",
    "Network",
    "NetworkArgs",
    "Roles",
    "RolesArgs",
    "StateBackend",
    "StateBackendArgs",
    "WorkerPool",
    "WorkerPoolArgs",
    "dual_stack_service",
]

_MODULES = {
    "Addons": "addons",
    "ApiEndpoint": "endpoint",
    "CiRoles": "ci_roles",
    "Cluster": "cluster",
    "ControlPlane": "control_plane",
    "DualStackService": "service",
    "Firewall": "firewall",
    "Identity": "identity",
    "Network": "network",
    "Roles": "roles",
    "StateBackend": "state_backend",
    "WorkerPool": "workers",
    "dual_stack_service": "service_manifest",
}


def __getattr__(name: str) -> Any:
    """Import a component when it is first used. The AWS SDK takes seconds to import, and the pure modules do not need it."""
    if name not in __all__:
        raise AttributeError(f"{__name__} has no {name!r}")
    return getattr(import_module(f".{_MODULES[name.removesuffix('Args')]}", __name__), name)
