"""Drafts: the sound part of a configuration that has faults, so that rules can check it all the same."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from .section import Holding, Section, Sound, Unsound, is_map, section_of, written

S = TypeVar("S", bound=Section)


def draft(model: type[S], given: Mapping[Any, Any]) -> S:
    """A faulty section with its sound fields only; reading another field raises `Unsound`.

    A map keeps its sound entries only. No rule reports an entry as missing, so this causes no false fault. A list keeps them
    with their places.
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
        return _drafted_plain(_field_type(model, name), value, _form(model, name))
    kind, holding = held
    match holding:
        case Holding.MAP:
            return {key: _drafted_section(kind, entry) for key, entry in _entries(value)}
        case Holding.LIST:
            entries = cast("list[Any]", value) if isinstance(value, list) else []
            return [_drafted_section(kind, entry) for entry in entries]
        case Holding.ONE:
            return _drafted_section(kind, value)


def _drafted_plain(kind: TypeAdapter[Any], value: Any, form: type | None) -> Any:
    """A plain value, or the sound entries of a list or a map of plain values; another faulty value raises `Unsound`."""
    with suppress(ValidationError):
        return kind.validate_python(value)
    sound: dict[Any, Any] = {}
    if form is dict:
        for key, entry in _entries(value):
            with suppress(ValidationError):
                sound |= kind.validate_python({key: entry})
        return sound
    is_list = form is list and isinstance(value, list)
    for place, entry in enumerate(cast("list[Any]", value) if is_list else ()):
        with suppress(ValidationError):
            [sound[place]] = kind.validate_python([entry])
    if not sound:
        raise Unsound
    return Sound(sound)


@cache
def _form(model: type[Section], name: str) -> type | None:
    """Whether a field holds a list or a map of plain values; None for one that holds a single value."""
    annotation: Any = model.model_fields[name].annotation
    options = (
        get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    )
    kinds = [get_origin(getattr(each, "__origin__", each)) or get_origin(each) for each in options]
    return next((kind for kind in kinds if kind in (list, dict)), None)


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    return cast("Mapping[Any, Any]", value).items() if is_map(value) else ()


def _drafted_section(kind: type[Section], entry: Any) -> Section:
    return draft(kind, entry) if is_map(entry) else _of_sound(kind, {})


@cache
def _field_type(model: type[Section], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[name].rebuild_annotation())
