"""The spelling of fields: camelCase in configurations and inside faults, and Python's for those who call in Python."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic.alias_generators import to_camel

from .check import Fault
from .section import Holding, Location, Section, section_of
from .wording import location_of, path_of


class CamelCase(dict[str, Any]):
    """Arguments in camelCase, as stacks' files and other languages write them. Faults in them are spelled likewise."""


def spelled(
    args: object, model: type[Section], fault: Fault, inputs: Collection[str] = ()
) -> Fault:
    """A fault, its fields spelled as the caller does who passed `args`. `inputs` are arguments beside the model's fields."""
    return fault if isinstance(args, CamelCase) else in_python(model, fault, inputs)


def in_python(model: type[Section], fault: Fault, inputs: Collection[str] = ()) -> Fault:
    """A fault with its fields as Python spells them, in its path and in its message. What is in quotes is a value and stays."""
    names = {**_all_names(model), **_names(inputs)}
    message = _QUOTED_OR_WORD.sub(
        lambda found: names.get(found.group(), found.group()), fault.message
    )
    return Fault(path_of(tuple(_words(model, location_of(fault.path), inputs))), message)


_QUOTED_OR_WORD = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|\w+""")
"""A value in quotes, or a word. An apostrophe inside a word opens no quote."""


def _names(fields: Collection[str]) -> dict[str, str]:
    return {to_camel(name): name for name in fields}


def _words(
    model: type[Section], location: Location, inputs: Collection[str]
) -> Iterator[int | str]:
    """The words of a location as Python spells them: fields, but not the keys of maps."""
    section: type[Section] | None = model
    names = {**_names(model.model_fields), **_names(inputs)}
    is_entry = False
    for word in location:
        if is_entry:
            is_entry = False
            yield word
            continue
        name = names.get(word) if isinstance(word, str) else None
        yield word if name is None else name
        held = section_of(section, name) if section and name in section.model_fields else None
        section, is_entry = (held[0], held[1] is not Holding.ONE) if held else (None, False)
        names = _names(section.model_fields) if section else {}


@cache
def _all_names(model: type[Section]) -> Mapping[str, str]:
    """The name in Python of every field of a section and of the sections inside it."""
    names = _names(model.model_fields)
    for name in model.model_fields:
        if held := section_of(model, name):
            names |= _all_names(held[0])
    return names
