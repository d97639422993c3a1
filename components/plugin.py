"""The components as a Pulumi provider, for programs in other languages.

https://www.pulumi.com/docs/iac/guides/building-extending/components/
"""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from . import args
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
    """Makes components on behalf of programs in any language."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, NAME, version=_version())
        described = _described(json.loads(self.schema or "{}"))
        # Other languages add the ending themselves, so PoolArgs would be their PoolArgsArgs.
        self.schema = re.sub(rf'("[^"]*{NAME}:index:\w+)Args"', r'\1"', json.dumps(described))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make one component. What is wrong with its arguments reaches people without a traceback."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                raise InputPropertiesError(str(error)) from None
            raise


def serve() -> None:
    """Serve the engine until it ends this process."""
    main(Host(), sys.argv[1:])


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the descriptions of inherited arguments: Pulumi's analyser describes only a class's own."""
    for component in COMPONENTS:
        inherited = getattr(args, f"{component.__name__}SpecArgs")
        properties, _ = Analyzer(NAME).analyze_type(inherited, is_component_output=False)
        inputs = schema["resources"][f"{NAME}:index:{component.__name__}"]["inputProperties"]
        for key, found in properties.items():
            inputs[key].setdefault("description", found.description)
    return schema


def _version() -> str:
    """The version that is installed; in a checkout the engine knows it from the tag."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return "0.0.0"
