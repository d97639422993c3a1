"""Rendering of templates: the folders that contain them, and the filter through which values enter them."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that a JSON string may contain, but that YAML reads as line breaks or does not accept."""


TOKEN = re.compile("@(?=[A-Z0-9_]+@)")
"""The start of a token like @NODE_IPV4@, which a machine fills in."""


class Untouched(str):
    """A text of the configuration, in which a machine must fill in nothing."""

    __slots__ = ()


def quoted(value: str | bool | int | Mapping[str, Any]) -> str:
    """A value as JSON, which YAML reads as the same value, whatever characters it contains."""
    # `default` gets what JSON cannot write: for an undefined name, str raises an error with that name.
    text = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, Untouched):
        # The escape means the same sign, and the machine, which compares texts, sees no token.
        text = TOKEN.sub(r"\\u0040", text)
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@cache
def templates(kind: str, *, html: bool = False) -> Environment:
    """The templates of one folder in `templates`, each compiled once. An undefined name in a template is an error.

    Those for a browser are escaped for HTML; the others are YAML and other files for machines.
    """
    here = Path(__file__).parent
    # In an installed package the folder `templates` is inside the package, in the repository beside it.
    folders = [parent / "templates" / kind for parent in (here, here.parent)]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=html,  # noqa: S701 (on where the template is HTML)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["quoted"] = quoted  # pyright: ignore[reportUnknownMemberType] (jinja2 is untyped here)
    return environment
