"""The ports of a Service."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from ..config.forms import matching
from ..config.section import Section, ask
from ..config.wording import shown
from ..facts.choices import Protocol
from .labels import QUALIFIED_NAME
from .values import Port

PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
"""The form of a container port's name."""

PORT_NUMBER = re.compile(r"[0-9]{1,5}")


def _target_port(value: Any) -> Any:
    """A port number, also one written as text, or a port name."""
    given = int(value) if isinstance(value, str) and PORT_NUMBER.fullmatch(value) else value
    match given:
        case bool():
            pass
        case int() | float() if 1 <= given <= 65535 and given == int(given):
            return int(given)
        case str() if PORT_NAME.fullmatch(given):
            return given
        case _:
            pass
    raise ValueError(
        f"{shown(value)} is no port of a container; write 1 to 65535, or its name of at most 15 lower-case letters, "
        "digits and single hyphens"
    )


DnsWord = Annotated[
    str,
    matching(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a name of at most 63 lower-case letters, digits and hyphens that starts and ends with no hyphen",
    ),
]
NodePort = Port
"""A port on every node. Whether it is among the cluster's node ports is a rule."""
AppProtocol = Annotated[
    str, matching(QUALIFIED_NAME, "a protocol; write one like http or kubernetes.io/h2c")
]
TargetPort = Annotated[int | str, BeforeValidator(_target_port)]


class ServicePortSection(Section):
    """A port of a Service."""

    name: DnsWord | None = None
    """The port's name, required if there are several ports."""
    port: Port = ask("choose the port that clients use, like 80")
    """The port that clients use."""
    target_port: TargetPort | None = None
    """The container's port, a number or a name. By default the same as `port`."""
    protocol: Protocol = Protocol.TCP
    """The port's protocol."""
    node_port: NodePort | None = None
    """The port on every node. By default the API server assigns one, so that no two Services conflict."""
    app_protocol: AppProtocol | None = None
    """The protocol inside the connection, like `http` or `kubernetes.io/h2c`, for gateways and meshes that ask. From 1.19."""
