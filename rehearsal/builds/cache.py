"""The cache of built programs: one file for each name and version, outside the checkout."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..state import user_folders
from . import live_line


def cache_folder() -> Path:
    """The folder that all checkouts of this user share."""
    return user_folders().user_cache_path


def program_path(name: str, version: str) -> Path:
    """The path of one version of a program, which exists once it is built."""
    return cache_folder() / f"{name}-{version}"


def log_path(name: str, version: str) -> Path:
    """The log of the last build of one version."""
    return cache_folder() / "logs" / f"{name}-{version}.log"


@contextmanager
def sole_builder(name: str, version: str) -> Iterator[None]:
    """Lock a program for its build. A second process waits here until the first has finished."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    path = cache_folder() / "locks" / f"{name}-{version}"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        live_line.step(f"waiting for another process that builds {name} {version}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
