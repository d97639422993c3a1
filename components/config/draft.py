"""Drafts: the sound part of a configuration that has faults, so that rules can check it all the same."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from .section import Holding, Section, Unsound, is_map, section_of, written

S = TypeVar("S", bound=Section)


def draft(model: type[S], given: Mapping[Any, Any]) -> S:
    """A faulty section with its sound fields only; reading another field raises `Unsound`.

    A map keeps its sound entries only. No rule reports an entry as missing, so this causes no false fault.
    """
    meant = written(model, given)
    sound: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if to_camel(name) not in meant:
            if not field.is_required():
                sound[name] = field.get_default(call_default_factory=True)
            continue
        with suppress(Unsound):
            sound[name] = _drafted(model, name, meant[to_camel(name)])
    return _of_sound(model, sound)


def _of_sound(model: type[S], sound: Mapping[str, Any]) -> S:
    section = model.model_construct(**sound)
    values = cast("dict[str, Any]", section.__dict__)
    for name in model.model_fields.keys() - sound.keys():
        values.pop(name, None)
    return section


def _drafted(model: type[Section], name: str, value: Any) -> Any:
    held = section_of(model, name)
    if held is None:
        of_entries = get_origin(model.model_fields[name].annotation) is dict
        return _drafted_plain(_field_type(model, name), value, of_entries=of_entries)
    kind, holding = held
    match holding:
        case Holding.MAP:
            return {key: _drafted_section(kind, entry) for key, entry in _entries(value)}
        case Holding.LIST:
            entries = cast("list[Any]", value) if isinstance(value, list) else []
            return [_drafted_section(kind, entry) for entry in entries]
        case Holding.ONE:
            return _drafted_section(kind, value)


def _drafted_plain(kind: TypeAdapter[Any], value: Any, *, of_entries: bool) -> Any:
    """A plain value, or the sound entries of a map of plain values; a faulty value that is no map raises `Unsound`."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        if not of_entries:
            raise Unsound from None
    sound: dict[Any, Any] = {}
    for key, entry in _entries(value):
        with suppress(ValidationError):
            sound |= kind.validate_python({key: entry})
    return sound


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    return cast("Mapping[Any, Any]", value).items() if is_map(value) else ()


def _drafted_section(kind: type[Section], entry: Any) -> Section:
    return draft(kind, entry) if is_map(entry) else _of_sound(kind, {})


@cache
def _field_type(model: type[Section], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[name].rebuild_annotation())
