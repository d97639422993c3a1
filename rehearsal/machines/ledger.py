"""A record of every change of this host, written before the change, so that the change can be undone after a crash."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..daemons import wait_until
from .shell import attempt, run

PREFIX = "rh-"
"""The prefix of the names of namespaces, cgroups and links."""

CGROUPS = Path("/sys/fs/cgroup")
DEATH_SECONDS = 10
BUSY_SECONDS = 2


class HostChange(NamedTuple):
    """One change: the kind and the name of a thing that was made, or a kernel setting with the value it had before."""

    kind: str
    name: str
    before: str = ""


class Ledger:
    """A file with a line for each change (`+`) and for each change that was undone (`-`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, kind: str, name: str | Path, before: str = "") -> None:
        """Record a change that is about to be made."""
        entry = HostChange(kind, str(name), before)
        if entry not in self.entries():
            self._append("+", entry)

    def entries(self) -> list[HostChange]:
        """The changes that are not undone, the newest first."""
        present: dict[HostChange, None] = {}
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in lines:
            sign, *fields = json.loads(line)
            entry = HostChange(*fields)
            if sign == "+":
                present[entry] = None
            else:
                present.pop(entry, None)
        return list(reversed(present))

    def undo(self, wanted: Callable[[HostChange], bool] = lambda _: True) -> list[HostChange]:
        """Undo the wanted changes, the newest first; those that could not be undone."""
        left = []
        for entry in self.entries():
            if not wanted(entry):
                continue
            if UNDO[entry.kind](entry):
                self._append("-", entry)
            else:
                left.append(entry)
        if not self.entries():
            self.path.unlink(missing_ok=True)
        return left

    def _append(self, sign: str, entry: HostChange) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps([sign, *entry]) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _remove_namespace(entry: HostChange) -> bool:
    place = Path("/run/netns", entry.name)
    if not place.exists():
        return True
    end_processes_in(entry.name)
    return attempt("ip", "netns", "delete", entry.name) or not place.exists()


def _remove_link(entry: HostChange) -> bool:
    # The kernel removes the other end too, and every link of a namespace that is removed.
    attempt("ip", "link", "delete", entry.name)
    return not Path("/sys/class/net", entry.name).exists()


def _remove_mount(entry: HostChange) -> bool:
    if not _is_mounted(entry.name):
        return True
    unmounted = wait_until(lambda: attempt("umount", entry.name), DEATH_SECONDS, 0.1)
    return unmounted or attempt("umount", "--lazy", entry.name)


def _remove_cgroup(entry: HostChange) -> bool:
    folders = [folder / entry.name for folder in CGROUPS.iterdir()]
    _thaw(CGROUPS / "freezer" / entry.name)
    _end(lambda: {pid for folder in folders for pid in _members(folder)})
    for folder in folders:
        for inner in sorted(_below(folder), key=lambda path: len(path.parts), reverse=True):
            _remove_folder(inner)
    return not any(folder.exists() for folder in folders)


def _thaw(folder: Path) -> None:
    """Let the processes below a freezer's folder go on: a frozen one does not die. runc freezes a container that it changes."""
    for state in sorted(folder.rglob("freezer.state")):
        # The folder at the top of a hierarchy has no state.
        with contextlib.suppress(OSError):
            state.write_text("THAWED")


def _restore_setting(entry: HostChange) -> bool:
    Path(entry.name).write_text(entry.before)
    return True


UNDO: dict[str, Callable[[HostChange], bool]] = {
    "namespace": _remove_namespace,
    "link": _remove_link,
    "mount": _remove_mount,
    "cgroup": _remove_cgroup,
    "setting": _restore_setting,
}


def end_processes_in(namespace: str) -> None:
    """Kill every process in a network namespace."""
    _end(lambda: _numbers(run("ip", "netns", "pids", namespace)))


def _end(processes: Callable[[], set[int]]) -> None:
    """Kill processes until none is left: a process may start another before it dies."""

    def none_left() -> bool:
        alive = processes()
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not alive

    wait_until(none_left, DEATH_SECONDS)


def _members(folder: Path) -> Iterator[int]:
    for inner in _below(folder):
        try:
            yield from _numbers((inner / "cgroup.procs").read_text())
        except OSError:
            continue


def _below(folder: Path) -> list[Path]:
    return [Path(found) for found, _, _ in os.walk(folder)]


def _remove_folder(folder: Path) -> None:
    def removed() -> bool:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    # A cgroup is busy for a moment after its last process has died.
    wait_until(removed, BUSY_SECONDS)


def _is_mounted(place: str) -> bool:
    return any(line.split()[4] == place for line in Path("/proc/self/mountinfo").open())


def _numbers(text: str) -> set[int]:
    return {int(word) for word in text.split()}
