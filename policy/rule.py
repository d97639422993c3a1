"""What a rule is: a function from resources to findings. Nothing here knows Pulumi."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

UNKNOWN: Any = object()
"""A value that is known only after the deployment. A rule takes it for a right one."""

ANYWHERE = ("0.0.0.0/0", "::/0")
"""Everybody, by IPv4 and by IPv6."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the program."""

    type: str
    """The engine's type token: `aws:ec2/vpc:Vpc`."""
    name: str
    properties: Mapping[str, Any]
    urn: str = ""
    depends: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The URNs of the resources that each property was made of."""

    def get(self, name: str, default: Any = None) -> Any:
        value = self.properties.get(name)
        return default if value is None else value

    def refers(self, name: str, kind: str) -> frozenset[str]:
        """The resource of a type that a property names: its URN if the program makes it, else its id."""
        made = frozenset(
            urn for urn in self.depends.get(name, ()) if urn.split("::")[2].endswith(kind)
        )
        value = self.get(name, "")
        return made or (frozenset({value}) if isinstance(value, str) and value else frozenset())


class Finding(NamedTuple):
    """What is wrong with one resource, with its value, and the cure."""

    resource: Resource
    what: str
    cure: str

    @property
    def message(self) -> str:
        return f"{self.resource.name}: {self.what}; {self.cure}."


Check = Callable[[Sequence[Resource], Settings], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the pack."""

    name: str
    says: str
    """The rule in one sentence."""
    because: str
    check: Check
    mandatory: bool = True
    """Whether a finding stops the deployment, unless the configuration says otherwise."""
    whole: bool = False
    """Whether the rule needs all resources of the stack. Otherwise it looks at one at a time, before it is made."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the configuration may set, as JSON schema with defaults."""


def parts(value: Any) -> list[Mapping[str, Any]]:
    """The blocks of a list, as far as they are known."""
    if value is UNKNOWN or value is None:
        return []
    return [part for part in value if isinstance(part, Mapping)]


def texts(value: Any) -> list[str]:
    """The texts of a list, as far as they are known."""
    if value is UNKNOWN or value is None:
        return []
    return [part for part in value if isinstance(part, str)]


def true(value: Any) -> bool:
    """Whether a switch is on. Launch templates have switches as text. An unknown one counts as on."""
    return value is UNKNOWN or value is True or value == "true"
