"""Files on a machine, made of those in `templates/node`."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import cast

from jinja2 import BaseLoader

from ..rendering import templates

PROGRAMS = "/usr/local/lib/dualstack"
"""The folder of this project's programs on a machine."""


@dataclass(frozen=True, slots=True)
class File:
    """A file on the machine, owned by root."""

    path: str
    content: str
    mode: str = "0644"


def programs(*names: str) -> list[File]:
    """Programs of `templates/node`, without their prose."""
    return [_program(name) for name in names]


@cache
def _program(name: str) -> File:
    return File(f"{PROGRAMS}/{name}", without_prose(static(name)))


@cache
def script(name: str) -> File:
    """A shell script of `templates/node`, without its comments."""
    return File(f"{PROGRAMS}/{name}", COMMENT.sub("", static(name)), "0755")


def units(names: Iterable[str]) -> list[File]:
    """Units of systemd."""
    return [File(f"/etc/systemd/system/{name}", static(name)) for name in names]


def lines(items: Iterable[str]) -> str:
    """A text with one item a line."""
    return "".join(f"{item}\n" for item in items)


@cache
def static(name: str) -> str:
    """The text of a file of `templates/node`."""
    environment = templates("node")
    loader = cast("BaseLoader", environment.loader)
    return loader.get_source(environment, name)[0]


COMMENT = re.compile(r"^ *# .*\n|  # noqa.*", re.MULTILINE)
"""A line with nothing but a comment, or a `noqa` at the end of a line."""


def without_prose(program: str) -> str:
    """A Python program without docstrings and comments, because user data and parameters have little room."""
    lines = program.splitlines(keepends=True)
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for statement in filter(_is_prose, node.body):
                first, last = statement.lineno - 1, statement.end_lineno or 0
                # A class with only a docstring needs another statement in its place.
                rest = f"{' ' * statement.col_offset}...\n" if len(node.body) == 1 else ""
                lines[first:last] = [rest, *[""] * (last - first - 1)]
    return re.sub(r"\n{3,}", "\n\n", COMMENT.sub("", "".join(lines))).lstrip()


def _is_prose(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant(str())):
            return True
        case _:
            return False
