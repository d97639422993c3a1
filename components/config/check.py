"""The check of a configuration: it reports all faults at once, each with its path, its value and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from .draft import draft
from .section import Section, Unsound
from .wording import explain, shown

__all__ = ["Fault", "Rule", "Section", "SpecError", "Unsound", "check"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a configuration. A warning has the same shape."""

    path: str
    """The place, as the configuration spells it: `network.zones[1]`."""
    message: str
    """The fault in words: what is wrong, with the value, and what to do."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    def under(self, path: str) -> "Fault":
        """The same fault, its path counted from the section that contains `path`."""
        if not path or not self.path or self.path.startswith("["):
            return Fault(path + self.path, self.message)
        return Fault(f"{path}.{self.path}", self.message)


class SpecError(ValueError):
    """A configuration that cannot be used, with all its faults."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = "1 fault" if count == 1 else f"{count} faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"The configuration has {heading}; nothing was changed.\n{lines}")


S = TypeVar("S", bound=Section)
Rule = Callable[[Any], Iterator[Fault]]
"""A check across fields: a function that takes a spec and yields the faults in it."""


def check(model: type[S], given: object, rules: Iterable[Rule] = ()) -> S:
    """The configuration as a frozen spec, or a `SpecError` that lists every fault.

    If fields are faulty, rules check a draft of the sound ones, so a typo in one field hides no fault in another.
    """
    if not isinstance(given, Mapping):
        raise SpecError([Fault("configuration", f"{shown(given)} is not a map of keys")])
    plain = _plain(cast("Mapping[Any, Any]", given))
    faults: list[Fault] = []
    try:
        spec = model.model_validate(plain)
    except ValidationError as error:
        faults += [Fault(*explain(model, detail)) for detail in error.errors(include_url=False)]
        spec = draft(model, plain)
    for rule in rules:
        with suppress(Unsound):
            faults.extend(rule(spec))
    if faults:
        raise SpecError(dict.fromkeys(faults))
    return spec


def _plain(value: Any) -> Any:
    """The same value in the types that pydantic reads: every mapping as a dict, by its sorted keys, every sequence as a list.

    Programs in other languages send maps in any order, and the order must change no byte of what a machine gets.
    """
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        return {key: _plain(entries[key]) for key in sorted(entries, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in cast("list[Any]", value)]
    return value
