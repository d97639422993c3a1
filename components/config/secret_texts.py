"""Texts that nobody may see: those of secret files, wherever they are in what somebody has written."""

from collections.abc import Mapping
from typing import Any, cast

TEXT, MARK = "content", "secret"
"""The key of a file's text, and the key that says whether it is secret."""

OPEN = (MARK, "on")
"""The keys of a secret file that everybody may see. At any other the text may be, under a misspelt name."""

APART = ("secret_files", "secretFiles")
"""Both spellings of the argument that holds texts of secret files apart from the spec."""

HIDDEN = "…"
"""What a message has in the place of such a text."""


def is_secret(value: Any) -> bool:
    """Whether a value is a file whose text is secret. So is one whose mark is neither true nor false."""
    return isinstance(value, Mapping) and bool(cast("Mapping[Any, Any]", value).get(MARK))


def is_text(value: Any, key: Any) -> bool:
    """Whether a value has the text of a secret file at a key, or may have it there."""
    return is_secret(value) and key not in OPEN


def hidden(value: Any) -> Any:
    """A value as a message may repeat it, whatever its shape."""
    match value:
        case dict():
            entries = cast("dict[Any, Any]", value)
            return {
                key: HIDDEN if key in APART or is_text(entries, key) else hidden(entry)
                for key, entry in entries.items()
            }
        case list() | tuple():
            return [hidden(entry) for entry in cast("list[Any]", value)]
        case _:
            return value
