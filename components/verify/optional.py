"""Fields of objects that the API may leave out, or write as null.

Of the fields that the verifier reads, the API promises none but an object's name: `omitempty` and null lists are usual, and
a controller may have written nothing yet.
"""

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any, cast

Document = Mapping[str, Any]
"""An object of the API, as JSON, or a part of one."""


def part(document: object, *keys: str) -> Document:
    """A map inside an object; empty if it is not there."""
    for key in keys:
        document = cast("Document", document).get(key) if isinstance(document, Mapping) else None
    return cast("Document", document) if isinstance(document, Mapping) else {}


def entries(document: object, key: str) -> list[Document]:
    """The maps in a list inside an object; none if it is not there."""
    return [cast("Document", entry) for entry in _list(document, key) if isinstance(entry, Mapping)]


def words(document: object, key: str) -> list[str]:
    """The texts in a list inside an object; none if it is not there."""
    return [entry for entry in _list(document, key) if isinstance(entry, str) and entry]


def word(document: object, key: str) -> str:
    """A text inside an object; empty if it is not there."""
    found = part(document).get(key)
    return found if isinstance(found, str) else ""


def number(document: object, key: str) -> int:
    """A number inside an object; 0 if it is not there."""
    found = part(document).get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def addresses(texts: list[str]) -> tuple[str, ...]:
    """Those of some texts that are addresses."""
    return tuple(text for text in texts if _is(ip_address, text))


def ranges(texts: list[str]) -> tuple[str, ...]:
    """Those of some texts that are ranges, without the bits of a host."""
    stripped = (text.strip() for text in texts)
    return tuple(str(ip_network(text, strict=False)) for text in stripped if _is(_loose, text))


def _list(document: object, key: str) -> list[Any]:
    found = part(document).get(key)
    return cast("list[Any]", found) if isinstance(found, list) else []


def _loose(text: str) -> object:
    return ip_network(text, strict=False)


def _is(kind: Any, text: str) -> bool:
    with suppress(ValueError):
        kind(text)
        return True
    return False
