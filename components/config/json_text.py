"""Sections that are written as JSON, which the engine passes on as texts."""

import json
from typing import Any


class KeyTwiceError(ValueError):
    """A map in which a key is there twice. Readers of JSON keep the second without a word."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key} is there twice; keep one of the two")


def parsed(text: str) -> Any:
    """The value that a JSON text is. Raises ValueError for any other text, and KeyTwiceError."""
    return json.loads(text, object_pairs_hook=_once)


def key_twice(text: str) -> str | None:
    """What is wrong with a JSON text in which a key is there twice; None for any other text."""
    try:
        parsed(text)
    except KeyTwiceError as twice:
        return str(twice)
    except ValueError:
        return None
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise KeyTwiceError(next(key for key in keys if keys.count(key) > 1))
    return found
