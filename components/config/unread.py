"""Keys of a stack's configuration that no section is read from: misspelt ones, and those of another namespace."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from .json_text import parsed
from .section import is_map


def unread(
    config: Mapping[str, Any], namespace: str, sections: Collection[str]
) -> dict[str, object]:
    """What is written and not read, by the name under which a check refuses it.

    A key of the namespace has its own name there, like `clutser`. A key of another namespace keeps it, like
    `mycluster:cluster`. Of other namespaces only maps under the name of a section count that has no content here. All else
    may belong to a provider or to a library.
    """
    found: dict[str, object] = {}
    for key, written in config.items():
        owner, _, name = key.rpartition(":")
        value = _parsed(written)
        if owner == namespace and name not in sections and value is not None:
            found[name] = value
        elif owner != namespace and name in sections and is_map(value) and value:
            own = _parsed(config.get(f"{namespace}:{name}"))
            if not own:
                found[key] = value
    return found


def _parsed(value: object) -> object:
    """The engine passes a map on as JSON."""
    if isinstance(value, str):
        with suppress(ValueError):
            return parsed(value)
    return value
