"""The wording of faults: pydantic's errors are written for programmers, so they are reworded here."""

import json
import re
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from .json_text import key_twice
from .secret_texts import MARK, hidden
from .section import OF_PULUMI, Holding, Location, Section, advice_of, section_of

SHOWN_LENGTH = 80
"""The most characters of a value that a message repeats."""


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """Stands in a configuration for a value that exists only once something is made, such as a resource's output."""

    output: Any = None
    """The output. A field that takes one passes it on."""

    def __await__(self) -> Generator[Any, Any, Any]:
        """The output. Pulumi takes what can be awaited for an input, so a part passes the stand-in on as it is."""
        return _itself(self.output).__await__()

    def __str__(self) -> str:
        return "an output"


async def _itself(output: Any) -> Any:
    return output


@dataclass(frozen=True, slots=True)
class Foreign:
    """Stands in a configuration for a value of Python that no configuration can hold, such as a set."""

    kind: str
    """The name of its type."""

    def __str__(self) -> str:
        return f"a value of type {self.kind}"


PLAIN_WORD = re.compile(r"[A-Za-z0-9_-]+|<name>")
"""A key that needs no quotes in a path; `<name>` is any entry of a map."""


def shown(value: object) -> str:
    """A value as a message repeats it: written as in YAML, without texts of secret files, and shortened if it is long."""
    try:
        return short(_written(hidden(value)))
    except (TypeError, ValueError):  # keys that are not texts, integers of over 4300 digits
        return f"a value of type {type(value).__name__}"


def _written(value: object) -> str:
    match value:
        case str():
            return repr(str(value))
        case None:
            return "nothing"
        case Later() | Foreign():
            return str(value)
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case dict() | list() | tuple():
            return json.dumps(value, default=_written, ensure_ascii=False)
        case _:
            raise TypeError


def short(text: str) -> str:
    """The text; of one longer than `SHOWN_LENGTH`, the middle is replaced by an ellipsis."""
    if len(text) <= SHOWN_LENGTH:
        return text
    return f"{text[: SHOWN_LENGTH - 12]}…{text[-11:]}"


def path_of(location: Location) -> str:
    """A location as people write it: `workers.general.taints[0].key`."""
    path = ""
    for word in location:
        if isinstance(word, int):
            path += f"[{word}]"
        elif PLAIN_WORD.fullmatch(word):
            path += f".{word}"
        else:
            path += f"[{json.dumps(word, ensure_ascii=False)}]"
    return path.removeprefix(".")


_WORD = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[]+)')


def location_of(path: str) -> Location:
    """The location that `path_of` writes as this path."""
    return tuple(
        int(index) if index else json.loads(quoted) if quoted else plain
        for index, quoted, plain in _WORD.findall(path)
    )


def explain(model: type[Section], detail: ErrorDetails) -> tuple[str, str]:
    """The path and the message of the fault that pydantic reports as an error."""
    location = detail["loc"]
    if location and location[-1] == "[key]":
        location = location[:-1]
        if detail["type"] == "string_type":
            return path_of(location[:-1]), _key_not_a_text(location[-1])
    if detail["type"] == "invalid_key":
        return path_of(location[:-1]) or "configuration", _key_not_a_text(location[-1])
    return path_of(location) or "configuration", _message(model, location, detail)


def _message(model: type[Section], location: Location, detail: ErrorDetails) -> str:
    value, context = detail["input"], detail.get("ctx", {})
    if isinstance(value, Later):
        return KNOWN_LATER
    if isinstance(value, Foreign):
        return f"{value} {NOT_PLAIN}"
    kind = detail["type"]
    match kind:
        case "value_error":
            message = str(context["error"])
        case "extra_forbidden":
            message = _unknown_key(model, location)
        case "missing":
            message = f"missing: {_wanted(model, location)}"
        case "too_short" | "string_too_short":
            message = f"it is empty; {_wanted(model, location)}"
        case "enum":
            message = _unknown_choice(value, context["expected"])
        case "string_type":
            message = _not_a_text(value)
        case "list_type":
            message = f"{shown(value)} is not a list; write it as one, like [{_example(value)}]"
        case "model_type" | "dict_type" if isinstance(value, str) and _holds_files(model, location):
            # Where a file belongs, a text may be its own, and secret.
            message = WORDINGS[kind].format(value="it")
        case "model_type" | "dict_type" if isinstance(value, str) and (twice := key_twice(value)):
            message = twice
        case _:
            wording = WORDINGS.get(kind, "{value} does not belong here")
            message = wording.format(value=shown(value), **context)
    return message


KNOWN_LATER = (
    "it is an output or a secret, and this field is checked with all others before anything is made, so it must be known by then; "
    "write a plain value, or read one from the configuration"
)
"""The message for a `Later`."""

NOT_PLAIN = (
    "is not plain, and Pulumi could not record it; write a text, a number, true or false, a list or a map, "
    "as str(), int() or list() make it"
)
"""The message for a `Foreign`."""

WORDINGS = {
    "too_long": "{actual_length} entries are too many; write at most {max_length}",
    "greater_than_equal": "{value} is too small; write at least {ge}",
    "less_than_equal": "{value} is too large; write at most {le}",
    **dict.fromkeys(
        ("model_type", "dict_type"), "{value} is not a map of keys; write its keys below it"
    ),
    **dict.fromkeys(
        ("bool_type", "bool_parsing"), "{value} is neither true nor false; write one of them"
    ),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"),
        "{value} is not a whole number; write one, like 3",
    ),
}
"""Messages by the type of pydantic's error, for errors that the value and its limits explain."""


def _example(value: object) -> str:
    return short(value) if isinstance(value, str) and value.strip() else "one, two"


def _key_not_a_text(key: object) -> str:
    return f"the key {shown(key)} is not a text; put it in quotes"


def _not_a_text(value: object) -> str:
    match value:
        case None:
            return 'nothing is written here; write "" for an empty text'
        case bool():
            return f"{shown(value)} was read as true or false, not as a text; put it in quotes"
        case int() | float():
            return f"{shown(value)} was read as a number, not as a text; put it in quotes"
        case list() | dict():
            return f"{shown(cast('Any', value))} is not a text; write a single value"
        case _:
            return f"{shown(value)} is not a text"


def _unknown_choice(value: object, expected: str) -> str:
    choices = re.findall(r"'([^']*)'", expected)
    near = nearest(value, choices) if isinstance(value, str) else None
    advice = f"did you mean {near}?" if near else f"choose {expected.replace(chr(39), '')}"
    return f"{shown(value)} is not known; {advice}"


def _unknown_key(model: type[Section], location: Location) -> str:
    key = str(location[-1])
    holder = _holder(model, location)
    if key in holder.model_fields:
        return f"the key is there twice, as {key!r} and as {to_camel(key)!r}; keep the second"
    known = [to_camel(name) for name in holder.model_fields if name not in OF_PULUMI]
    if key.rpartition(":")[2] in known:
        return f"{key} is not of this project; before the colon write the name that Pulumi.yaml gives it"
    if near := nearest(to_camel(key), known):
        return f"unknown key {key!r}; did you mean {near}?"
    if homes := [path_of(home) for home in _homes(model, to_camel(key))]:
        return f"unknown key {key!r}; it belongs under {' or '.join(homes)}"
    return f"unknown key {key!r}; known here: {', '.join(known)}"


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that somebody may have meant, whatever its case; None if none is near."""
    same = {name.lower(): name for name in known}.get(word.lower())
    near = get_close_matches(word, known, n=1, cutoff=0.7)
    return same or (near[0] if near else None)


def _homes(model: type[Section], key: str, at: Location = ()) -> Iterator[Location]:
    """The locations of the sections that have a key; `<name>` is any entry of a map."""
    for name in model.model_fields:
        if not (held := section_of(model, name)):
            continue
        kind, holding = held
        here = (*at, to_camel(name), *(("<name>",) if holding is Holding.MAP else ()))
        if key in {to_camel(field) for field in kind.model_fields}:
            yield here
        yield from _homes(kind, key, here)


def _holder(model: type[Section], location: Location) -> type[Section]:
    """The class of the section that contains the last word of a location."""
    current = model
    words = iter(location[:-1])
    for word in words:
        names: Mapping[str, str] = {to_camel(name): name for name in current.model_fields}
        held = section_of(current, names[word]) if isinstance(word, str) and word in names else None
        if held is None:
            continue
        current, holding = held
        if holding is not Holding.ONE:
            next(words, None)
    return current


def _holds_files(model: type[Section], location: Location) -> bool:
    """Whether a file whose text may be secret, or a map of such files, belongs at a location."""
    holder = _holder(model, location)
    names = {to_camel(name): name for name in holder.model_fields}
    held = section_of(holder, names[str(location[-1])]) if str(location[-1]) in names else None
    return MARK in (held[0] if held else holder).model_fields


def _wanted(model: type[Section], location: Location) -> str:
    """The advice for a missing or empty value at a location."""
    holder = _holder(model, location)
    names = {to_camel(name): name for name in holder.model_fields}
    name = names.get(str(location[-1]))
    return (advice_of(holder, name) if name else None) or "write a value or leave the key out"
