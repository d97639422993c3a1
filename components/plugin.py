"""The provider plugin, through which programs in other languages use the components.

https://www.pulumi.com/docs/iac/guides/building-extending/components/
"""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from .addons import Addons
from .cluster import Cluster
from .control_plane import ControlPlane
from .endpoint import ApiEndpoint
from .firewall import Firewall
from .identity import Identity
from .network import Network
from .roles import Roles
from .service import DualStackService
from .workers import WorkerPool

NAME = "dualstack"

SCHEMA = Path(__file__).with_name("schema.json")
"""What SDKs are made of. `docs/schema.py` writes it."""

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    Addons,
    ApiEndpoint,
    Cluster,
    ControlPlane,
    DualStackService,
    Firewall,
    Identity,
    Network,
    Roles,
    WorkerPool,
]


class Host(ComponentProvider):
    """The provider, which creates components for programs in any language."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, NAME, version=_version())
        self.schema = json.dumps({**json.loads(SCHEMA.read_text()), "version": _version()})

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Create one component. Faults in its arguments are shown to the user without a traceback."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                # An empty list, not None: with None the SDK's server sends no trailing metadata, and gRPC then shows an error of its
                # own instead of the message (`create_grpc_invalid_properties_status` of pulumi 3.272).
                raise InputPropertiesError(str(error), []) from None
            raise


def serve() -> None:
    """Serve the Pulumi engine, until the engine ends this process."""
    main(Host(), sys.argv[1:])


def _version() -> str:
    """The version of the installed package; 0.0.0 in a checkout, where the engine takes the version from the tag."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return "0.0.0"
