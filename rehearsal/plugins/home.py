"""The engine's home folder: the stand-ins as plugins, and a host of each language that a real one precedes.

The engine looks for a plugin on PATH first, then beside its own program, then in this folder. So a real
`pulumi-language-python` is used wherever there is one.
"""

import shlex
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from ..builds.pulumi import pulumi_cli
from ..daemons import CHECKOUT
from ..providers import PACKAGES
from ..state import State, write_whole

PYTHON = (sys.executable, "-E", "-X", "utf8")
"""Python without the variables by which a user changes other programs."""

LANGUAGES = ("python", "nodejs", "go", "yaml")
"""The languages whose programs run here, as `runtime` in Pulumi.yaml names them."""


def home(state: State) -> Path:
    """The engine's home, with the plugins of this checkout in it. Each has the version of the installed Python package."""
    folder = state.place("home", "plugins").parent
    for package in PACKAGES:
        version = installed_version(f"pulumi-{package}")
        place = f"resource-{package}-v{version}/pulumi-resource-{package}"
        write_executable(folder / "plugins" / place, _runs("rehearsal.plugins.stand_in", package))
    version = installed_version("pulumi")
    for language in LANGUAGES:
        place = f"language-{language}-v{version}/pulumi-language-{language}"
        write_executable(folder / "plugins" / place, _runs("rehearsal.plugins.languages", language))
    return folder


def programs(state: State) -> Path:
    """A folder for PATH, which contains `pulumi`."""
    folder = state.place("bin", "pulumi").parent
    link, cli = folder / "pulumi", pulumi_cli().path
    if not link.is_symlink() or link.readlink() != cli:
        link.unlink(missing_ok=True)
        link.symlink_to(cli)
    return folder


def write_executable(path: Path, text: str) -> None:
    """Write a program, unless it is there. The engine may start it at any moment, so it is never half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text() == text:
        return
    made = path.with_suffix(".made")
    write_whole(made, text)
    made.chmod(0o755)
    made.rename(path)


def _runs(module: str, *words: str) -> str:
    """A program that runs a module of this checkout."""
    command = shlex.join([*PYTHON, "-m", module, *words])
    return f'#!/bin/sh\ncd {shlex.quote(str(CHECKOUT))} && exec {command} "$@"\n'
