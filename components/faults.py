"""What is wrong with a configuration: every fault at once, each with its place, its value and what to do."""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    path: str
    """Where, as the configuration spells it: `network.zones[1]`."""
    message: str
    """What is wrong, with the value, and what to do."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class SpecError(ValueError):
    """A configuration that cannot be used, with everything that is wrong in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = "1 fault" if count == 1 else f"{count} faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"The configuration has {heading}; nothing was changed.\n{lines}")


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
    )

    def __getattr__(self, name: str) -> Any:
        if name in type(self).model_fields:
            raise Unsound(name)
        return super().__getattr__(name)  # type: ignore[misc]


S = TypeVar("S", bound=Section)
Rule = Callable[[Any], Iterator[Fault]]


def check(model: type[S], given: Mapping[str, Any], rules: Iterable[Rule] = ()) -> S:
    """The configuration as a frozen spec, or a `SpecError` that lists every fault.

    Rules see a draft that holds whatever is sound, so a typo in one field hides no fault in another.
    """
    faults: list[Fault] = []
    try:
        spec = model.model_validate(given)
    except ValidationError as error:
        faults += [explain(model, detail) for detail in error.errors(include_url=False)]
        spec = draft(model, given)
    for rule in rules:
        with suppress(Unsound):
            faults.extend(rule(spec))
    if faults:
        raise SpecError(dict.fromkeys(faults))
    return spec


def draft(model: type[S], given: Mapping[str, Any]) -> S:
    """The sound fields of a faulty section; reading any other raises `Unsound`."""
    sound: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        value = given.get(to_camel(name), given.get(name, _ABSENT))
        section, is_map = _section_of(field.annotation)
        if value is _ABSENT:
            if not field.is_required():
                sound[name] = field.get_default(call_default_factory=True)
        elif section and isinstance(value, Mapping):
            entries = cast("Mapping[str, Any]", value)
            sound[name] = (
                {key: draft(section, item) for key, item in entries.items() if _is_map(item)}
                if is_map
                else draft(section, entries)
            )
        elif not section:
            with suppress(ValidationError):
                sound[name] = _field_type(model, name).validate_python(value)
    constructed = model.model_construct(**sound)
    for name in set(model.model_fields) - set(sound):
        constructed.__dict__.pop(name, None)
    return constructed


_ABSENT = object()


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


@cache
def _field_type(model: type[Section], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[name].rebuild_annotation())


def _section_of(annotation: Any) -> tuple[type[Section] | None, bool]:
    """The section a field holds, and whether it holds a map of them."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return _section_of(args[1])[0], True
    if origin is list:
        return _section_of(args[0])
    if origin is types.UnionType:
        return next((_section_of(arg) for arg in args if _section_of(arg)[0]), (None, False))
    return None, False


def _holder(model: type[Section], location: tuple[int | str, ...]) -> type[Section] | None:
    """The section in which the last word of a location stands."""
    current: type[Section] | None = model
    words = (word for word in location[:-1] if isinstance(word, str))
    for word in words:
        if current is None:
            return None
        field = current.model_fields.get(_field_name(current, word))
        current, is_map = _section_of(field.annotation) if field else (None, False)
        if is_map:
            next(words, None)
    return current


def _field_name(section: type[Section], word: int | str) -> str:
    return {to_camel(name): name for name in section.model_fields}.get(str(word), str(word))


def path_of(location: Iterable[int | str]) -> str:
    """A location as people write it: `workers.general.taints[0].key`."""
    path = ""
    for word in location:
        path += f"[{word}]" if isinstance(word, int) else f".{word}"
    return path.removeprefix(".")


def explain(model: type[Section], detail: ErrorDetails) -> Fault:
    """One complaint of pydantic in words for people."""
    location, value = detail["loc"], detail["input"]
    if location and location[-1] == "[key]":
        location = location[:-1]
    path = path_of(location) or "configuration"
    match detail["type"]:
        case "extra_forbidden":
            return Fault(path, _unknown_key(model, location))
        case "missing":
            holder = _holder(model, location)
            field = holder.model_fields.get(_field_name(holder, location[-1])) if holder else None
            wanted = field.description if field and field.description else "it has no default"
            return Fault(path, f"missing: {wanted}")
        case "value_error":
            return Fault(path, str(detail.get("ctx", {}).get("error", detail["msg"])))
        case "enum" | "literal_error":
            return Fault(path, f"{value!r} is not known; choose {detail['ctx']['expected']}")
        case "model_type" | "dict_type" | "model_attributes_type":
            return Fault(path, f"{value!r} is not a map of keys; write its fields below it")
        case _:
            message = detail["msg"].removeprefix("Input should be ")
            return Fault(path, f"{value!r} is not allowed; it must be {message}")


def _unknown_key(model: type[Section], location: tuple[int | str, ...]) -> str:
    key = str(location[-1])
    holder = _holder(model, location)
    known = [to_camel(name) for name in holder.model_fields] if holder else []
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    lowered = {name.lower(): name for name in known}
    if key.lower() in lowered:
        near = [lowered[key.lower()]]
    advice = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
    return f"unknown key {key!r}; {advice}"
