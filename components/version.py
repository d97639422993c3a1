"""The version of this package, which pyproject.toml says once."""

import tomllib
from importlib import metadata
from pathlib import Path

NAME = "dualstack"

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
"""There in a checkout, and in the folder of a plugin. An installed package has metadata instead."""


def version() -> str:
    """The version of the package that this module is a part of."""
    if PROJECT.exists():
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"])
    return metadata.version(NAME)
