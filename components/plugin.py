"""The provider plugin, through which programs in other languages use the components.

https://www.pulumi.com/docs/iac/guides/building-extending/components/
"""

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, Provider, main
from pulumi.provider.server import ComponentInitError
from pydantic.alias_generators import to_camel

from .addons import Addons
from .backups import Backups
from .boundary import Refusal
from .ci_roles import CiRoles
from .cluster import Cluster
from .config.spelling import CamelCase
from .control_plane import ControlPlane
from .endpoint import ApiEndpoint
from .firewall import Firewall
from .identity import Identity
from .network import Network
from .outputs import by_schema
from .pod_role import PodRole
from .programs import Programs
from .roles import Roles
from .secret_files import shows
from .service import DualStackService
from .service_account_issuer import ServiceAccountIssuer
from .state_backend import StateBackend
from .version import NAME, version
from .workers import WorkerPool

SCHEMA = Path(__file__).with_name("schema.json")
"""What SDKs are made of. `docs/schema.py` writes it."""

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    Addons,
    ApiEndpoint,
    Backups,
    CiRoles,
    Cluster,
    ControlPlane,
    DualStackService,
    Firewall,
    Identity,
    Network,
    PodRole,
    Programs,
    Roles,
    ServiceAccountIssuer,
    StateBackend,
    WorkerPool,
]

BY_TYPE: Mapping[str, Callable[..., pulumi.ComponentResource]] = {
    f"{NAME}:index:{component.__name__}": component for component in COMPONENTS
}
"""The components by the name under which the engine asks for them."""


class Host(Provider):
    """The provider, which creates components for programs in any language."""

    def __init__(self) -> None:
        package = {**json.loads(SCHEMA.read_text()), "version": version()}
        super().__init__(package["version"], json.dumps(package))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Create one component. Faults in its arguments are shown to the user, each with its property, without a traceback."""
        component = BY_TYPE[resource_type]
        try:
            made = component(name, _arguments(component, inputs), options)
        except pulumi.RunError as error:
            raise _answer(error, inputs) from None
        except Exception as error:
            raise ComponentInitError(error) from error
        return ConstructResult(made.urn, by_schema(made))


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


def _arguments(component: Callable[..., object], inputs: pulumi.Inputs) -> dict[str, Any]:
    """The arguments under the names by which a component reads them; whatever is below them as the caller wrote it.

    What the component does not know is passed on too: its check reports it with all else that is wrong.
    """
    keys = inspect.get_annotations(component.__init__)["args"].__annotations__
    names = {to_camel(key): key for key in keys}
    return CamelCase({names.get(key, key): _plain(inputs[key]) for key in sorted(inputs)})
