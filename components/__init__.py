"""Dual-stack Kubernetes on AWS: components for clusters in which every node, pod and Service can have both families."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import args
    from .addons import Addons, AddonsArgs
    from .args import *  # noqa: F403 (what it lists is public)
    from .backups import Backups, BackupsArgs
    from .ci_roles import CiRoles, CiRolesArgs
    from .cluster import Cluster, ClusterArgs
    from .control_plane import ControlPlane, ControlPlaneArgs
    from .endpoint import ApiEndpoint, ApiEndpointArgs
    from .facts import choices
    from .facts.choices import *  # noqa: F403
    from .firewall import Firewall, FirewallArgs
    from .identity import Identity, IdentityArgs
    from .network import Network, NetworkArgs
    from .pod_role import PodRole, PodRoleArgs
    from .programs import Programs, ProgramsArgs
    from .roles import Roles, RolesArgs
    from .service import DualStackService, DualStackServiceArgs
    from .service_account_issuer import ServiceAccountIssuer, ServiceAccountIssuerArgs
    from .service_manifest import dual_stack_service
    from .state_backend import StateBackend, StateBackendArgs
    from .workers import WorkerPool, WorkerPoolArgs


__all__ = [
    "Addons",
    "AddonsArgs",
    "ApiEndpoint",
    "ApiEndpointArgs",
    "Backups",
    "BackupsArgs",
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
    "PodRole",
    "PodRoleArgs",
    "Programs",
    "ProgramsArgs",
    "Roles",
    "RolesArgs",
    "ServiceAccountIssuer",
    "ServiceAccountIssuerArgs",
    "StateBackend",
    "StateBackendArgs",
    "WorkerPool",
    "WorkerPoolArgs",
    "dual_stack_service",
]
if TYPE_CHECKING:
    __all__ += args.__all__
    __all__ += choices.__all__

_MODULES = {
    "Addons": "addons",
    "ApiEndpoint": "endpoint",
    "Backups": "backups",
    "CiRoles": "ci_roles",
    "Cluster": "cluster",
    "ControlPlane": "control_plane",
    "DualStackService": "service",
    "Firewall": "firewall",
    "Identity": "identity",
    "Network": "network",
    "PodRole": "pod_role",
    "Programs": "programs",
    "Roles": "roles",
    "ServiceAccountIssuer": "service_account_issuer",
    "StateBackend": "state_backend",
    "WorkerPool": "workers",
    "dual_stack_service": "service_manifest",
}

if (
    not TYPE_CHECKING
):  # A type checker that sees these would take every misspelt name for one of the package's.

    def __getattr__(name: str) -> Any:
        """Import a name when it is first used. The AWS SDK takes seconds to import, and the pure modules do not need it."""
        home = _home(name)
        if home is None:
            raise AttributeError(f"{__name__} has no {name!r}")
        return getattr(import_module(f".{home}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_names("facts.choices"), *_names("args")})


def _home(name: str) -> str | None:
    """The module of a public name: of a component, of what it takes, of a section of arguments, or of a choice."""
    if name in __all__:
        return _MODULES[name.removesuffix("Args")]
    shared = "args" if name.endswith("Args") else "facts.choices"
    return shared if name in _names(shared) else None


def _names(module: str) -> list[str]:
    return import_module(f".{module}", __name__).__all__
