"""Interfaces of the stand-ins: a resource type, and a look-up."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

from . import schema
from .equivalence import ABSENT

Properties = dict[str, Any]


class Made(NamedTuple):
    """A created resource: its id, and its computed outputs."""

    id: str
    outputs: Properties


class Function(NamedTuple):
    """A look-up, and the names of its secret results."""

    look_up: Callable[[Any, Properties], Properties]
    secrets: frozenset[str] = frozenset()


class ProviderError(Exception):
    """A refusal: the real provider refuses the request too, or the program never makes it."""


class UnfinishedError(ProviderError):
    """AWS has the resource, but the state that the provider waits for did not come. The engine keeps the resource."""

    def __init__(self, message: str, made: Made) -> None:
        super().__init__(message)
        self.made = made


class Resource:
    """A resource type. A subclass implements creation, reading, update and deletion."""

    engine_type: ClassVar[str]
    """The engine's type token: `aws:ec2/vpc:Vpc`."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs whose change replaces the resource; "*" means all of them."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are unknown until the resource is created."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are always secret."""
    read_back: ClassVar[frozenset[str]] = frozenset()
    """Inputs that the provider sets in its state as it finds them. It then takes away those that the program does not set."""
    defaults: ClassVar[Properties] = {}
    """Default values of inputs, which are outputs too."""
    autoname: ClassVar[str | None] = None
    """The input whose default is derived from the resource's name, if there is one."""
    autoname_in_small_letters: ClassVar[bool] = False
    name_limit: ClassVar[int] = 255
    takes_over: ClassVar[bool] = False
    """Whether a creation takes over what is there already. What a killed run has made is then kept for the next run."""

    def faults(self, inputs: Properties, /) -> Iterable[schema.InputFault]:
        """Faults of the inputs. By default those that the SDK's types show: names, types and missing inputs."""
        return schema.resource_faults(self.engine_type, inputs)

    def derived(self, session: Any, inputs: Properties, /) -> Properties:
        """Outputs that depend only on the inputs and the provider's configuration."""
        return {}

    def replaced_by(self, old: Properties, new: Properties, changed: Iterable[str], /) -> set[str]:
        """The changed inputs that require a replacement."""
        everything = "*" in self.replaces
        return {name for name in changed if everything or name in self.replaces}

    def due(self, inputs: Properties, outputs: Properties, /) -> set[str]:
        """Outputs for which the resource is replaced now, although no input has changed."""
        return set()

    def unasked(self, outputs: Properties, inputs: Properties, /) -> Properties:
        """What the provider has read back, and differs from the default where the program does not set it."""
        names = [*self.read_back, *(self.defaults.keys() & outputs.keys())]
        found = {name: outputs.get(name) for name in names if inputs.get(name) is None}
        return {
            name: value
            for name, value in found.items()
            if value not in (*ABSENT, self.defaults.get(name))
        }

    def imported(self, outputs: Properties, /) -> Properties:
        """The inputs of a resource that the program did not make: what it would have to set for the same."""
        settable = schema.inputs(self.engine_type) - self.computed
        return {
            name: value
            for name, value in outputs.items()
            if name in settable and value not in (*ABSENT, self.defaults.get(name, False))
        }

    def moves(self, old: Properties, new: Properties, /) -> frozenset[str]:
        """Outputs that the update changes to values unknown before it."""
        return frozenset()

    def create(self, session: Any, inputs: Properties, /) -> Made:
        raise NotImplementedError

    def read(self, session: Any, identity: str, properties: Properties, /) -> Properties | None:
        """Everything that is there, in the program's names; or None if the resource no longer exists.

        Without properties the resource is one that the program did not make.
        """
        return properties

    def update(
        self, session: Any, identity: str, old: Properties, new: Properties, /
    ) -> Properties:
        """Change the resource to the new inputs. The result is its changed outputs."""
        raise NotImplementedError

    def delete(self, session: Any, identity: str, properties: Properties, /) -> None:
        raise NotImplementedError

    def alike(self, session: Any, properties: Properties, /) -> list[str]:
        """Ids of resources that these properties may have created, in a run that was killed before AWS answered."""
        return []


class Stored(Resource):
    """A resource that exists only in the engine's state. A changed input replaces it."""

    replaces = frozenset({"*"})

    def delete(self, session: Any, identity: str, properties: Properties, /) -> None:
        """Do nothing: the engine deletes it from its state."""
