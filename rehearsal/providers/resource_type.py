"""What a stand-in knows of one resource type, and of one look-up."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

from . import schema

Properties = dict[str, Any]


class Made(NamedTuple):
    """A new resource: its identity, and what is only known now that it is there."""

    id: str
    outputs: Properties


class Function(NamedTuple):
    """A look-up, and which of its answers are secret."""

    look_up: Callable[[Any, Properties], Properties]
    secrets: frozenset[str] = frozenset()


class ProviderError(Exception):
    """The stand-in will not do this, as the real provider would not."""


class Resource:
    """One resource type. A subclass says how it is made, read, changed and taken away."""

    engine_type: ClassVar[str]
    """The type as the engine names it."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs that cannot be changed in place; "*" is all of them."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are not known before the resource is there."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are always secret."""
    defaults: ClassVar[Properties] = {}
    """Outputs that are known although the program did not say them."""
    autoname: ClassVar[str | None] = None
    """The input that is made from the resource's name when the program leaves it out."""
    name_limit: ClassVar[int] = 255

    def faults(self, inputs: Properties, /) -> Iterable[schema.InputFault]:
        """What is wrong with the inputs, beyond names and types that the SDK knows."""
        return schema.resource_faults(self.engine_type, inputs)

    def derived(self, session: Any, inputs: Properties, /) -> Properties:
        """Outputs that follow from the inputs and the provider's configuration alone."""
        return {}

    def replaced_by(self, old: Properties, new: Properties, changed: Iterable[str], /) -> set[str]:
        """Those of the changed inputs that cannot be changed in place."""
        everything = "*" in self.replaces
        return {name for name in changed if everything or name in self.replaces}

    def moves(self, old: Properties, new: Properties, /) -> frozenset[str]:
        """Those outputs that this update changes, and nobody can tell to what."""
        return frozenset()

    def create(self, session: Any, inputs: Properties, /) -> Made:
        raise NotImplementedError

    def read(self, session: Any, identity: str, properties: Properties, /) -> Properties | None:
        """What is there now, or nothing when the resource is gone."""
        return properties

    def update(
        self, session: Any, identity: str, old: Properties, new: Properties, /
    ) -> Properties:
        """Bring the resource from its old properties to its new inputs."""
        raise NotImplementedError

    def delete(self, session: Any, identity: str, properties: Properties, /) -> None:
        raise NotImplementedError

    def alike(self, session: Any, properties: Properties, /) -> list[str]:
        """What may be there because these properties made it, for a run that was not told its identity."""
        return []


class Stored(Resource):
    """Something that is nowhere but in the engine's state: made once, and anew when an input changes."""

    replaces = frozenset({"*"})

    def delete(self, session: Any, identity: str, properties: Properties, /) -> None:
        """Nothing: the engine forgets it."""
