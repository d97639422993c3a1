"""The sections of a configuration: how they are read, and what is still sound in one that holds faults."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

Location = tuple[int | str, ...]


class Unsound(Exception):  # noqa: N818 (not an error: a rule stops early at a value already reported)
    """A rule asked for a value that is itself at fault."""


class Section(BaseModel):
    """A part of a configuration: frozen, with camelCase keys, unknown keys refused."""

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
    """A field with the advice that a fault gives when the field is missing or empty."""
    return Field(json_schema_extra={"ask": advice}, **constraints)


def advice_of(model: type[Section], name: str) -> str | None:
    """What to write into a field that is missing."""
    match model.model_fields[name].json_schema_extra:
        case {"ask": str(advice)}:
            return advice
        case _:
            return None


class Holding(Enum):
    """How a field holds sections."""

    ONE = auto()
    LIST = auto()
    MAP = auto()


@cache
def section_of(model: type[Section], name: str) -> tuple[type[Section], Holding] | None:
    """The kind of section a field holds, and how; nothing for a field of plain values."""
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
    """A section as its author meant it, every known key in camelCase.

    A known key with nothing after it counts as left out, and an entry of a map of sections with nothing below it has
    every default: YAML reads both as null.
    """
    names = {to_camel(name): name for name in model.model_fields}
    meant: dict[Any, Any] = {}
    for key, value in given.items():
        alias = to_camel(key) if key in model.model_fields else key
        if alias not in names or (alias != key and alias in given):
            meant[key] = value
        elif value is not None:
            held = section_of(model, names[alias])
            meant[alias] = _opened(value) if held and held[1] is Holding.MAP else value
    return meant


def _opened(value: object) -> object:
    if not is_map(value):
        return value
    entries = cast("Mapping[Any, object]", value)
    return {key: _NOTHING if entry is None else entry for key, entry in entries.items()}


_NOTHING: Mapping[str, Any] = {}


def is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def parts(whole: Section, at: Location = ()) -> Iterator[tuple[Location, Section]]:
    """A section and every section inside it, each with its place."""
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
