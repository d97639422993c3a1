"""The provider plugin, through which programs in other languages use the components.

https://www.pulumi.com/docs/iac/guides/building-extending/components/
"""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from .addons import Addons
from .boundary import Refusal
from .ci_roles import CiRoles
from .cluster import Cluster
from .config.spelling import CamelCase
from .control_plane import ControlPlane
from .endpoint import ApiEndpoint
from .firewall import Firewall
from .identity import Identity
from .network import Network
from .roles import Roles
from .secret_files import shows
from .service import DualStackService
from .state_backend import StateBackend
from .workers import WorkerPool

NAME = "dualstack"

SCHEMA = Path(__file__).with_name("schema.json")
"""What SDKs are made of. `docs/schema.py` writes it."""

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    Addons,
    ApiEndpoint,
    CiRoles,
    Cluster,
    ControlPlane,
    DualStackService,
    Firewall,
    Identity,
    Network,
    Roles,
    StateBackend,
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
        """Create one component. Faults in its arguments are shown to the user, each with its property, without a traceback."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                raise _answer(error.inner, inputs) from None
            raise

    def map_inputs(
        self, inputs: pulumi.Inputs, component_def: ComponentDefinition
    ) -> pulumi.Inputs:
        """The arguments under the names by which a component reads them; whatever is below them as the caller wrote it.

        Pulumi's own function leaves out what it does not know, and ends at the first input that is missing or of another type.
        The check of a component reports these, all at once.
        """
        names = component_def.inputs_mapping
        return CamelCase({names.get(key, key): _plain(inputs[key]) for key in sorted(inputs)})


def serve() -> None:
    """Serve the Pulumi engine, until the engine ends this process."""
    main(Host(), sys.argv[1:])


def _answer(error: pulumi.RunError, inputs: pulumi.Inputs) -> InputPropertiesError:
    """An error as the engine shows it: below its first line each fault, with its property's value.

    A fault whose value holds a secret text stays in the message, because the engine does not know the text as a secret.
    """
    if not isinstance(error, Refusal):
        # An empty list, not None: with None the SDK's server sends no trailing metadata, and gRPC then shows an error of its own
        # instead of the message (`create_grpc_invalid_properties_status` of pulumi 3.272).
        return InputPropertiesError(str(error), [])
    heading = str(error).partition("\n")[0]
    hidden = [fault for fault in error.faults if shows(inputs, fault)]
    return InputPropertiesError(
        "\n".join([heading, *(f"\t\t- {fault}" for fault in hidden)]),
        [
            {"property_path": fault.path, "reason": fault.message}
            for fault in error.faults
            if fault not in hidden
        ],
    )


def _plain(value: Any) -> Any:
    """A value from the wire, where every number is a float and maps have no order: whole numbers are such again, keys are sorted."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            entries = cast("dict[str, Any]", value)
            return {key: _plain(entries[key]) for key in sorted(entries)}
        case list():
            return [_plain(entry) for entry in cast("list[Any]", value)]
        case _:
            return value


def _version() -> str:
    """The version of the installed package; 0.0.0 in a checkout, where the engine takes the version from the tag."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return "0.0.0"
