"""YAML files read by the rules of the engine, so that a command without the engine gives the same answer.

A key that is there twice is refused, as is a key that is no text: https://github.com/go-yaml/yaml/blob/v3.0.1/decode.go
"""

import math
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .yaml_scalars import FLOAT, MERGE, PREFIX, STR, ScalarError, as_key, plain_number, resolve

LARGEST_BYTES = 1024 * 1024
"""No project and no stack is described in a larger file."""

DEEPEST = 100
"""How many levels may be inside each other. A configuration has eight."""

MOST_VALUES = 100_000
"""How many values a file may have, with those that aliases repeat."""

FIXED_LEVELS = 2
"""The levels whose keys the engine itself knows, and wants as texts. It turns the keys below into texts."""

MERGE_KEY = "<<"
COLLECTIONS = ("!!seq", "!!map")

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileFormatError(ValueError):
    """A file cannot be read as the engine would read it. The message names the file and the line."""


class Node(NamedTuple):
    """A value, with what decides whether it may be a key."""

    value: Any
    tag: str
    text: str
    line: int
    size: int = 1


def read_map(path: Path) -> dict[str, Any]:
    """The map in a file; empty for an empty file. Raises FileFormatError, or OSError if the file cannot be read."""
    value = read_text(_content(path), path)
    if value is not None and not isinstance(value, dict):
        raise FileFormatError(f"{path} must be a map of settings, and is {_shown(value)}")
    return cast("dict[str, Any]", value or {})


def read_text(content: bytes, path: Path) -> Any:
    """The value of the first document in a text, whose path is named in errors."""
    try:
        return _Reader(path, yaml.parse(content, LOADER)).first()
    except yaml.reader.ReaderError as error:
        raise FileFormatError(
            f"{path} is not text in UTF-8: {error.reason} at byte {error.position}; write it in UTF-8"
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise FileFormatError(f"{path}{line}: not YAML: {error.problem or error.context}") from None


def _content(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no file with a text"
        raise FileFormatError(f"{path} is {kind}; put a YAML file there")
    if found.st_size > LARGEST_BYTES:
        raise FileFormatError(
            f"{path} has {found.st_size} bytes, and a file of a stack has at most {LARGEST_BYTES}; "
            "name the right file"
        )
    return path.read_bytes()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class _Reader:
    """Builds values from the events of one document."""

    def __init__(self, path: Path, events: Iterator[Event]) -> None:
        self._path = path
        self._events = events
        self._anchors: dict[str, Node | None] = {}
        """The anchored values; None while one is being read."""
        self._depth = 0

    def first(self) -> Any:
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                return self._node(next(self._events)).value
            if isinstance(event, DocumentEndEvent):
                break
        return None

    def _node(self, event: Event) -> Node:
        if isinstance(event, AliasEvent):
            return self._repeated(event)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = None
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(
                event, f"more than {DEEPEST} levels are inside each other; write fewer"
            )
        match event:
            case MappingStartEvent():
                node = self._mapping(event)
            case SequenceStartEvent():
                node = self._sequence(event)
            case _:
                node = self._scalar(cast("ScalarEvent", event))
        self._depth -= 1
        if node.size > MOST_VALUES:
            raise self._error(event, f"more than {MOST_VALUES} values; write fewer aliases")
        if anchor:
            self._anchors[anchor] = node
        return node

    def _repeated(self, event: AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            raise self._error(event, f"the anchor {event.anchor!r} is not defined above; define it")
        node = self._anchors[event.anchor]
        if node is None:
            raise self._error(event, f"the anchor {event.anchor!r} contains itself; write it out")
        return node._replace(line=_line(event), text=f"*{event.anchor}")

    def _scalar(self, event: ScalarEvent) -> Node:
        tag = _short(event.tag)
        if tag is None and event.style:
            tag = STR
        try:
            kind, value = resolve(event.value, tag)
        except ScalarError as error:
            raise self._error(event, str(error)) from None
        if kind == FLOAT and not math.isfinite(value):
            raise self._error(
                event, f"{event.value} cannot be passed to the program; write a number"
            )
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = plain_number(value)
        return Node(value, kind, event.value, _line(event))

    def _sequence(self, start: SequenceStartEvent) -> Node:
        nodes: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            nodes.append(self._node(event))
        size = 1 + sum(node.size for node in nodes)
        return Node([node.value for node in nodes], COLLECTIONS[0], "", _line(start), size)

    def _mapping(self, start: MappingStartEvent) -> Node:
        nodes: list[Node] = []
        while not isinstance(event := next(self._events), MappingEndEvent):
            nodes.append(self._node(event))
        keys, values = nodes[::2], nodes[1::2]
        self._refuse_keys(keys)
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, node in zip(keys, values, strict=True):
            # The engine writes the file again before it decides: quotes around << make no difference.
            if key.value == MERGE_KEY:
                merged = self._merged(node)
            else:
                own[as_key(key.value, key.tag)] = node.value
        size = 1 + sum(node.size for node in nodes)
        return Node({**merged, **own}, COLLECTIONS[1], "", _line(start), size)

    def _refuse_keys(self, keys: list[Node]) -> None:
        first: dict[str, int] = {}
        for key in keys:
            is_text = key.tag in (STR, MERGE)
            value: object = key.value
            if key.tag in COLLECTIONS or (not is_text and self._depth <= FIXED_LEVELS):
                shown = key.text or _shown(value)
                raise self._error(key.line, f"the key {shown} is not a text; put it in quotes")
            name = as_key(key.value, key.tag)
            if name in first:
                raise self._error(
                    key.line,
                    f"the key {name!r} is already there on line {first[name]}; keep one of the two",
                )
            first[name] = key.line

    def _merged(self, node: Node) -> dict[str, Any]:
        """The keys that `<<` adds. Where several maps are named, the first that has a key decides."""
        value: Any = node.value
        maps = cast("list[Any]", value) if isinstance(value, list) else [value]
        found: dict[str, Any] = {}
        for entry in maps:
            if not isinstance(entry, dict):
                raise self._error(node.line, "<< takes a map or a list of maps; write one")
            found = {**entry, **found}
        return found

    def _error(self, at: Event | int, message: str) -> FileFormatError:
        line = at if isinstance(at, int) else _line(at)
        return FileFormatError(f"{self._path}, line {line}: {message}")


def _line(event: Event) -> int:
    return cast("Any", event.start_mark).line + 1


def _short(tag: str | None) -> str | None:
    """A tag as it is usually written; None if there is none."""
    if tag and tag.startswith(PREFIX):
        return f"!!{tag.removeprefix(PREFIX)}"
    return tag or None
