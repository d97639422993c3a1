"""Classes what a change of the package's schema means to its users: `make schema-diff BASE=v0.1.0`."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
SCHEMA = "components/schema.json"

BROKEN = 1
"""The exit code of a change that breaks programs."""
UNUSABLE = 2
"""The exit code of a comparison that cannot be made."""

PACKAGE = (
    "name",
    "displayName",
    "description",
    "license",
    "publisher",
    "homepage",
    "repository",
    "logoUrl",
)

Schema = Mapping[str, Any]


class Class(StrEnum):
    """What a change means to a program that was written before it."""

    BROKEN = "broken"
    """It may not compile, or be refused, or mean something else."""
    ADDED = "added"
    """It is as it was, and there is more to use."""
    CHANGED = "changed"
    """It is as it was, and reads differently."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemas."""

    kind: Class
    place: str
    """What it is about: `Network.zones`."""
    words: str

    def __str__(self) -> str:
        return f"{self.kind:8} {self.place}: {self.words}"


def changes(old: Schema, new: Schema) -> list[Change]:
    """Every difference between two schemas, those that break programs first."""
    found = [*_package(old, new), *_resources(old, new), *_types(old, new)]
    return sorted(found, key=lambda change: ([*Class].index(change.kind), change.place))


def _package(old: Schema, new: Schema) -> Iterator[Change]:
    for key in (*PACKAGE, "keywords", "language", "meta"):
        if old.get(key) != new.get(key):
            # SDKs are named by these, so that a program imports another one.
            kind = Class.BROKEN if key in ("name", "language") else Class.CHANGED
            yield Change(kind, "the package", f"another {key}")


def _resources(old: Schema, new: Schema) -> Iterator[Change]:
    for token, before, after in _pairs(old["resources"], new["resources"]):
        name = _name(token)
        if after is None:
            yield Change(Class.BROKEN, name, "the component is gone")
        elif before is None:
            yield Change(Class.ADDED, name, "a new component")
        else:
            yield from _text(name, before, after)
            yield from _inputs(
                name, _Properties.inputs(before), _Properties.inputs(after), "argument"
            )
            yield from _outputs(name, _Properties.outputs(before), _Properties.outputs(after))


def _types(old: Schema, new: Schema) -> Iterator[Change]:
    given = {*_reached(old, "inputProperties"), *_reached(new, "inputProperties")}
    answered = {*_reached(old, "properties"), *_reached(new, "properties")}
    for token, before, after in _pairs(old.get("types", {}), new.get("types", {})):
        name = _name(token)
        if after is None:
            yield Change(Class.BROKEN, name, "the type is gone")
        elif before is None:
            yield Change(Class.ADDED, name, "a new type")
        elif "enum" in before or "enum" in after:
            yield from _text(name, before, after)
            yield from _values(name, before, after)
        else:
            yield from _text(name, before, after)
            sides = _Properties.outputs(before), _Properties.outputs(after)
            if token in given or token not in answered:
                yield from _inputs(name, *sides, "field")
            if token in answered:
                yield from _outputs(name, *sides)


@dataclass(frozen=True, slots=True)
class _Properties:
    """The properties of a type, or of one side of a component."""

    all: Mapping[str, Any]
    required: list[str]

    @classmethod
    def inputs(cls, resource: Schema) -> "_Properties":
        return cls(resource.get("inputProperties", {}), resource.get("requiredInputs", []))

    @classmethod
    def outputs(cls, found: Schema) -> "_Properties":
        return cls(found.get("properties", {}), found.get("required", []))


def _inputs(name: str, before: _Properties, after: _Properties, what: str) -> Iterator[Change]:
    """Differences in what callers write: they may be asked for less and offered more."""
    for key, old, new in _pairs(before.all, after.all):
        place = f"{name}.{key}"
        if new is None:
            yield Change(Class.BROKEN, place, f"the {what} is gone")
        elif old is None and key in after.required:
            yield Change(Class.BROKEN, place, f"a new {what} that is required")
        elif old is None:
            yield Change(Class.ADDED, place, f"a new {what} that may be left out")
        else:
            if key in after.required and key not in before.required:
                yield Change(Class.BROKEN, place, "it is required now")
            if key in before.required and key not in after.required:
                yield Change(Class.ADDED, place, "it may be left out now")
            yield from _kinds(place, old, new)
            yield from _text(place, old, new)


def _outputs(name: str, before: _Properties, after: _Properties) -> Iterator[Change]:
    """Differences in what programs read: they may be given more, and nothing less."""
    for key, old, new in _pairs(before.all, after.all):
        place = f"{name}.{key}"
        if new is None:
            yield Change(Class.BROKEN, place, "the output is gone")
        elif old is None:
            yield Change(Class.ADDED, place, "a new output")
        else:
            if key in before.required and key not in after.required:
                yield Change(Class.BROKEN, place, "it may be missing now")
            if key in after.required and key not in before.required:
                yield Change(Class.ADDED, place, "it is always there now")
            if _kind(old) != _kind(new):
                yield Change(Class.BROKEN, place, f"{_kind(new)}, no longer {_kind(old)}")
            yield from _text(place, old, new)


def _kinds(place: str, old: Schema, new: Schema) -> Iterator[Change]:
    """Differences in the type of what callers write, of its entries too."""
    if _kind(old) != _kind(new):
        yield Change(Class.BROKEN, place, f"{_kind(new)}, no longer {_kind(old)}")
        return
    if new.get("plain") and not old.get("plain"):
        yield Change(Class.BROKEN, place, "no output of another resource may stand here any more")
    if old.get("plain") and not new.get("plain"):
        # Programs in Go must wrap a value that may be an output; in the other languages it stays as it is.
        yield Change(Class.CHANGED, place, "an output of another resource may stand here now")
    for inner in ("items", "additionalProperties"):
        if inner in old:
            yield from _kinds(f"{place}[]", old[inner], new[inner])


def _values(name: str, before: Schema, after: Schema) -> Iterator[Change]:
    if ("enum" in before) != ("enum" in after) or before.get("type") != after.get("type"):
        yield Change(Class.BROKEN, name, "another kind of type")
        return
    old, new = ({one["value"]: one for one in found["enum"]} for found in (before, after))
    for value, was, now in _pairs(old, new):
        place = f"{name} {value}"
        if now is None:
            yield Change(Class.BROKEN, place, "the value is gone")
        elif was is None:
            yield Change(Class.ADDED, place, "a new value")
        else:
            if was.get("name") != now.get("name"):
                yield Change(Class.BROKEN, place, f"named {now['name']}, no longer {was['name']}")
            yield from _text(place, was, now)


def _text(place: str, old: Schema, new: Schema) -> Iterator[Change]:
    for key, word in (("description", "description"), ("deprecationMessage", "deprecation")):
        if old.get(key) != new.get(key):
            yield Change(Class.CHANGED, place, f"another {word}")


def _kind(found: Schema) -> str:
    """The type of a property in words."""
    if reference := found.get("$ref"):
        return _name(reference)
    match found.get("type"):
        case "array":
            return f"a list of {_kind(found['items'])}"
        case "object":
            return f"a map of {_kind(found['additionalProperties'])}"
        case kind:
            return str(kind)


def _reached(schema: Schema, side: str) -> set[str]:
    """The types inside one side of all components."""
    waiting = [one[side] for one in schema["resources"].values() if side in one]
    reached: set[str] = set()
    while waiting:
        found = json.dumps(waiting.pop())
        for token in {token for token in schema.get("types", {}) if f'#/types/{token}"' in found}:
            if token not in reached:
                reached.add(token)
                waiting.append(schema["types"][token])
    return reached


def _pairs(old: Schema, new: Schema) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted({*old, *new}):
        yield key, old.get(key), new.get(key)


def _name(token: str) -> str:
    return token.rpartition(":")[2]


def report(found: list[Change]) -> str:
    """The changes for people, with their number by class."""
    if not found:
        return "The schema is the same."
    numbers = Counter(change.kind for change in found)
    counted = ", ".join(f"{numbers[kind]} {kind}" for kind in Class)
    return "\n".join([*map(str, found), counted])


def at(revision: str) -> Schema:
    """The schema of a revision. `SystemExit` with an explanation if git knows no such revision, or no schema in it."""
    shown = subprocess.run(  # noqa: S603 (argparse takes no revision that is an option)
        ["git", "show", f"{revision}:{SCHEMA}"],  # noqa: S607
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if shown.returncode:
        sys.stderr.write(
            f"error: {revision} cannot be compared; name a commit, branch or tag that has {SCHEMA} "
            f"({shown.stderr.strip().splitlines()[-1]})\n"
        )
        raise SystemExit(UNUSABLE)
    return json.loads(shown.stdout)


def main(arguments: list[str]) -> int:
    """Compare the schema with that of a revision. 1 if the change breaks programs, 2 if there is nothing to compare with."""
    parser = argparse.ArgumentParser(prog="python -m docs.schema_changes", description=__doc__)
    parser.add_argument("revision", help="a commit, branch or tag")
    found = changes(
        at(parser.parse_args(arguments).revision), json.loads((CHECKOUT / SCHEMA).read_text())
    )
    sys.stdout.write(f"{report(found)}\n")
    return BROKEN if any(change.kind is Class.BROKEN for change in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
