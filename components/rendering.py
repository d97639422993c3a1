"""Documents for machines: where their templates are, and the one way a value enters them."""

import json
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON leaves as they are in a string and YAML reads as line breaks, or not at all."""


def quoted(value: str | bool | int) -> str:
    """A value as JSON writes it, which YAML reads as the same value whatever is in it."""
    # An undefined name becomes no text, but an error that says which it is.
    text = json.dumps(value, ensure_ascii=False, default=str)
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@cache
def templates(kind: str) -> Environment:
    """The templates of one folder, compiled once; an undefined name in one is an error."""
    here = Path(__file__).parent
    # Installed, they lie inside the package; in the repository, beside it.
    folders = [parent / "templates" / kind for parent in (here, here.parent)]
    # No escaping for HTML: what leaves here is YAML.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["quoted"] = quoted  # pyright: ignore[reportUnknownMemberType] (jinja2 is untyped here)
    return environment
