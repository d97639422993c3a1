"""What was read back, in the spelling of what was written: an equal value in another form is no change.

The real providers do this by the schema of each attribute: sets, computed members of blocks, policies compared as JSON.
"""

import json
from collections.abc import Mapping
from typing import Any

MAPS = frozenset({"tags", "tagsAll"})
"""Names of maps, whose every key counts. In a block only those keys count that were written."""

ORDERED = frozenset({"overrides"})
"""Names of lists whose order has a meaning. The others are sets."""

ABSENT: tuple[Any, ...] = (None, "", [], {})


def as_written(written: Any, found: Any, name: str = "") -> Any:
    """The value that was found; as it was written, as far as both mean the same."""
    if written == found or (written in ABSENT and found in ABSENT):
        return written
    if isinstance(written, dict) and isinstance(found, dict):
        if name in MAPS:
            return found
        # A null is as if not written: the value is AWS's own.
        members = {
            key: None if value is None else as_written(value, found.get(key), key)
            for key, value in written.items()
        }
        return {
            key: value
            for key, value in members.items()
            if value is not None or written[key] is None
        }
    if isinstance(written, list) and isinstance(found, list):
        return _list(written, found, name)
    if isinstance(written, str) and found is not None:
        return written if _same_text(written, found) else _text(found)
    return found


def _list(written: list[Any], found: list[Any], name: str) -> list[Any]:
    """The members that were found, those first that were written and in their order."""
    if name in ORDERED:
        pairs = zip(written, found, strict=False)
        return [as_written(*pair) for pair in pairs] + found[len(written) :]
    rest, kept, changed = list(found), [], []
    for part in written:
        equal = next((one for one in rest if as_written(part, one) == part), None)
        if equal is None:
            changed.append(part)
        else:
            rest.remove(equal)
            kept.append(part)
    if not changed and not rest:
        return written
    news = [as_written(*pair) for pair in zip(changed, rest, strict=False)]
    return kept + news + rest[len(changed) :]


def _same_text(written: str, found: Any) -> bool:
    if written == _text(found):
        return True
    documents = _document(written), _document(found)
    return None not in documents and documents[0] == documents[1]


def _text(value: Any) -> str | Any:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else value


def _document(value: Any) -> Mapping[str, Any] | None:
    """A document in JSON, such as a policy."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None
