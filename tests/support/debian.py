"""Programs of the host that a test needs, installed where this user may."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest


def program(package: str, *names: str) -> str:
    """The path of a program: the first of these names on PATH, or that of Debian's package, which is installed here as root.

    Without names the program is called as its package. Where there is none, the test fails and says what to install.
    """
    names = names or (package,)
    if found := _first(names):
        return found
    why = ""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        why = _install(package)
        if found := _first(names):
            return found
    return pytest.fail(
        f"{' or '.join(names)} is missing: on Debian or Ubuntu run `sudo apt-get install {package}`, "
        f"elsewhere install it and put it on PATH{why}"
    )


def _first(names: Sequence[str]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def _install(package: str) -> str:
    """Install a package; what apt-get said if it could not."""
    flags = ("--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", *flags, package]):
        done = subprocess.run(
            ["apt-get", *command], check=False, capture_output=True, text=True, env=environment
        )
    return f"\napt-get said: {done.stderr.strip()}" if done.returncode else ""
