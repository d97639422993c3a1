"""The cache of built programs: one file for each name and version, outside the checkout."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import live_line


def cache_folder() -> Path:
    """The folder that all checkouts of this user share."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG specification tells programs to ignore a relative path.
    return (base if base.is_absolute() else Path.home() / ".cache") / "dualstack"


def program_path(name: str, version: str) -> Path:
    """Where one version of a program is, once it is built."""
    return cache_folder() / f"{name}-{version}"


def log_path(name: str, version: str) -> Path:
    """Where the output of its last build is."""
    return cache_folder() / "logs" / f"{name}-{version}.log"


@contextmanager
def sole_builder(name: str, version: str) -> Iterator[None]:
    """Hold the right to build a program; a second process waits here until the first has finished."""
    lock = cache_folder() / "locks" / f"{name}-{version}"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            live_line.step(f"waiting for another process that builds {name} {version}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
