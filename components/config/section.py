"""Sections, the parts of a configuration: how their keys are read, and where sections are inside others."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cache
from itertools import count
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")

OF_PULUMI = ("project", "stack")
"""Fields of a section that Pulumi knows and nobody writes."""

Location = tuple[int | str, ...]
"""The keys and list indexes that lead to a value."""


class Unsound(Exception):  # noqa: N818 (not an error: it ends a rule early)
    """A rule read a field that is itself faulty. That fault is already reported, so the rule ends there.

    A rule that loops over entries suppresses it for each entry: a fault in one entry then hides none in the next.
    """


class Sound(list[Any]):
    """The sound entries of a list that has others: read as a whole it raises `Unsound` at the first of those."""

    def __init__(self, by_place: Mapping[int, Any]) -> None:
        super().__init__(by_place.values())
        self.by_place = dict(by_place)

    def __iter__(self) -> Iterator[Any]:
        for place in count():
            yield self[place]

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, int) or [*range(place + 1)] != [*self.by_place][: place + 1]:
            raise Unsound(str(place))
        return self.by_place[place]

    def __contains__(self, entry: object) -> bool:
        return entry in self.by_place.values() or self._unknown()

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return self._unknown()

    def _unknown(self) -> Any:
        raise Unsound("a list with a faulty entry")


def sound(entries: Sequence[T]) -> Mapping[int, T]:
    """The entries of a list by their places, without those that are faulty: for a rule that says nothing of what is not there."""
    return entries.by_place if isinstance(entries, Sound) else dict(enumerate(entries))


class Section(BaseModel):
    """A part of a configuration: frozen, keys in camelCase or as in Python, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        # The docstring below a field is its description, from which the reference of fields is generated.
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        return written(cls, cast("Mapping[Any, Any]", given)) if is_map(given) else given

    def __getattr__(self, name: str) -> Any:
        if name in type(self).model_fields:
            raise Unsound(name)
        raise AttributeError(f"{type(self).__name__} has no {name!r}")


S = TypeVar("S", bound=Section)


def ask(advice: str, **constraints: Any) -> Any:
    """A field with the advice that a fault gives if the field is missing or empty."""
    return Field(json_schema_extra={"ask": advice}, **constraints)


def advice_of(model: type[Section], name: str) -> str | None:
    """The advice of a field that was made with `ask`; None for other fields."""
    match model.model_fields[name].json_schema_extra:
        case {"ask": str(advice)}:
            return advice
        case _:
            return None


class Holding(Enum):
    """How a field holds sections: one section, a list of them, or a map from names to them."""

    ONE = auto()
    LIST = auto()
    MAP = auto()


@cache
def section_of(model: type[Section], name: str) -> tuple[type[Section], Holding] | None:
    """The class of section that a field holds, and how it holds it; None for a field of plain values."""
    return _section_in(model.model_fields[name].annotation)


def _section_in(annotation: Any) -> tuple[type[Section], Holding] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, Holding.ONE
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is UnionType:
        return next((found for arg in args if (found := _section_in(arg))), None)
    if origin not in (dict, list) or not (found := _section_in(args[-1])):
        return None
    return found[0], Holding.MAP if origin is dict else Holding.LIST


def written(model: type[Section], given: Mapping[Any, Any]) -> dict[Any, Any]:
    """A section's keys and values as its author meant them, every known key in camelCase.

    YAML reads a key with nothing after it as null. A known key with null counts as left out. So does an empty map where a
    section may be left out and needs more than that: the project's defaults are empty maps. An entry of a map of sections
    with null is a section whose fields all have their default.
    """
    names = {to_camel(name): name for name in model.model_fields}
    meant: dict[Any, Any] = {}
    for key, value in given.items():
        alias = to_camel(key) if key in model.model_fields else key
        if alias not in names or (
            alias != key and given.get(alias) not in _EMPTY and value not in _EMPTY
        ):
            meant[key] = value
        elif value in _EMPTY and meant.get(alias) is not None:
            # The same key in another spelling has a value, as where the project's default is an empty map.
            continue
        elif value is not None and not (value == {} and _needs_more(model, names[alias])):
            held = section_of(model, names[alias])
            meant[alias] = _opened(value) if held and held[1] is Holding.MAP else value
    return meant


def _needs_more(model: type[Section], name: str) -> bool:
    """Whether a field is a section that may be left out, and that has required fields."""
    held = section_of(model, name)
    if held is None or held[1] is not Holding.ONE or model.model_fields[name].is_required():
        return False
    return any(field.is_required() for field in held[0].model_fields.values())


def _opened(value: object) -> object:
    """A map of sections in which each null has become an empty section."""
    if not is_map(value):
        return value
    entries = cast("Mapping[Any, object]", value)
    return {key: _NOTHING if entry is None else entry for key, entry in entries.items()}


_NOTHING: Mapping[str, Any] = {}

_EMPTY: tuple[object, ...] = (None, _NOTHING)
"""What a key holds under which nothing is written."""


def is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def parts(whole: Section, at: Location = ()) -> Iterator[tuple[Location, Section]]:
    """A section and every section inside it, each with its location."""
    yield at, whole
    for name in type(whole).model_fields:
        here = (*at, to_camel(name))
        value: Any = whole.__dict__.get(name)
        held = section_of(type(whole), name)
        if held is None or value is None:
            continue
        match held[1]:
            case Holding.ONE:
                yield from parts(value, here)
            case Holding.LIST:
                for index, part in enumerate(cast("list[Section]", value)):
                    yield from parts(part, (*here, index))
            case Holding.MAP:
                for key, part in cast("dict[str, Section]", value).items():
                    yield from parts(part, (*here, str(key)))
