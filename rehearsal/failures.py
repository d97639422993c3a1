"""Every error of files, state, network and configuration as one line for people: what is wrong, and what to do."""

import errno
import json
import os
import re
import shutil
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from .state import State, user_folders

FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_BYTES = 64 * 1024
"""A file system with less room than this counts as full, if an error does not say which one is."""

FULL_IN_WORDS = re.compile(
    r"(?:\S+ )?(/\S+?):? no space left on device|no space left on device", re.IGNORECASE
)
"""How Go programs report a full disk, with the path if they know it."""

NETWORK = (
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.ENETUNREACH),
    *(errno.EHOSTUNREACH, errno.EADDRNOTAVAIL),
)

WORDS = {
    errno.ENOENT: "{place} is not there",
    errno.EISDIR: "{place} is a folder, and a file is needed",
    errno.ENOTDIR: "{place} needs a folder where there is a file; move that file away",
    errno.ELOOP: "{place} is a symbolic link that leads back to itself; remove it",
    errno.ENAMETOOLONG: "{place} is too long for the name of a file",
    errno.EROFS: "{place} is on a file system that is read-only; {cure}",
    errno.EACCES: "this user may not use {place}; change its permissions, or {cure}",
    errno.EPERM: "this user may not use {place}; change its permissions, or {cure}",
    errno.EMFILE: "too many files are open for the limit of this shell; raise it: ulimit -n 4096",
    errno.ENFILE: "too many files are open on this host; close programs",
    errno.ENOMEM: "there is too little memory; close programs",
    errno.EADDRINUSE: "another program listens at an address that is needed: {said}; end it",
}
"""What an error of the operating system means, by its number."""


class Explained(Exception):  # noqa: N818 (a base class: each error has a name of its own)
    """An error whose message is written for people, with the cause and a cure."""


def explained(error: BaseException) -> str:
    """An error as one line for people. What nobody expected is written to a file with all of its calls."""
    match error:
        case Explained():
            line = str(error)
        case shutil.Error():
            line = _first_of_many(error)
        case OSError():
            line = _of_system(error)
        case UnicodeDecodeError():
            line = (
                f"a file is not in UTF-8: {error.reason} at byte {error.start}; write it in UTF-8"
            )
        case json.JSONDecodeError():
            line = f"a file of the state is not whole: {error}; {_cure(State.of_user().folder)}"
        case RecursionError():
            line = "the configuration has too many levels inside each other; write fewer"
        case MemoryError():
            line = "there is too little memory; close programs"
        case _:
            line = _unexpected(error)
    return line


def is_full(text: str) -> bool:
    """Whether a program that failed says that a disk is full."""
    return FULL_IN_WORDS.search(text) is not None


def full_disk(text: str) -> str:
    """A line for a program that failed because a disk is full, from what the program printed."""
    found = FULL_IN_WORDS.search(text)
    return _full(Path(found[1]).parent if found and found[1] else None)


def _of_system(error: OSError) -> str:
    named = isinstance(error.filename, str | bytes)
    place = Path.cwd() / os.fsdecode(error.filename) if named else None
    said = error.strerror or str(error)
    if error.errno in FULL:
        return _full(place.parent if place else None)
    if error.errno in NETWORK or isinstance(error, TimeoutError):
        return f"no answer over the network: {said}; run the command again"
    if place is None and error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return f"{said}; run the command again"
    words = WORDS.get(error.errno or 0, "{place}: {said}")
    return words.format(place=place, said=said, cure=_cure(place))


def _first_of_many(error: shutil.Error) -> str:
    """The first of the errors that copying a folder has collected; all others have the same cause."""
    try:
        _, place, said = error.args[0][0]
    except (IndexError, TypeError, ValueError):
        return str(error).partition("\n")[0]
    return _full(Path(place).parent) if is_full(said) else f"{place}: {said}"


def _full(folder: Path | None) -> str:
    folder = folder or _fullest()
    return f"the disk with {folder} is full; make room on it, or {_cure(folder)}"


def _cure(place: Path | None) -> str:
    """How another folder is named instead of one that cannot be used."""
    for root, variable in ((_state, "DUALSTACK_STATE"), (_cache, "XDG_CACHE_HOME")):
        if place is not None and (place.is_relative_to(root()) or root().is_relative_to(place)):
            return f"name another folder by {variable}"
    if place is not None and place.is_relative_to(Path.cwd() / "render"):
        return "name another folder: make render TO=folder"
    return "use another folder"


def _state() -> Path:
    return State.of_user().folder


def _cache() -> Path:
    return user_folders().user_cache_path


def _fullest() -> Path:
    """The folder that a rehearsal writes to and that has no room left."""
    folders: list[Callable[[], Path]] = [_state, _cache, _temporary, Path.cwd]
    rooms = [(_room(folder()), folder()) for folder in folders]
    full = [folder for room, folder in rooms if room < FULL_BYTES]
    return full[0] if full else min(rooms)[1]


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _room(folder: Path) -> int:
    """The bytes that are free in a folder, or in the nearest one above it that exists."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return 0


def _unexpected(error: BaseException) -> str:
    said = " ".join(str(error).split())[:200]
    calls = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    for folder in (_state, _temporary):
        try:
            path = folder() / "last-error.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(calls, errors="backslashreplace")
        except OSError:
            continue
        return f"unexpected {what}; report it with the calls that led to it, in {path}"
    return f"unexpected {what}; no folder could be written for the calls that led to it"
