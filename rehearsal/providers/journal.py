"""A journal of created resources, from which the next run cleans up after a killed one."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from .urn import project_of, stack_of


class JournalEntry(NamedTuple):
    """One resource that a stand-in created, with the configuration of its provider."""

    package: str
    settings: dict[str, Any]
    urn: str
    id: str | None
    """Empty before AWS has answered; None if AWS refused."""
    properties: dict[str, Any]


class Recorder(Protocol):
    """What takes an entry."""

    def record(self, entry: JournalEntry) -> None: ...


class Journal:
    """A file of JSON lines, two for each creation: before and after it. Secret properties are omitted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(self, entry: JournalEntry) -> None:
        line = (json.dumps(entry) + "\n").encode()
        with self._lock, self.path.open("ab", buffering=0) as file:
            before = file.tell()
            try:
                written = file.write(line)
                if written < len(line):
                    file.write(line[written:])
            except OSError:
                # A full disk cuts a line off; the next one must begin at its start.
                file.truncate(before)
                raise

    def entries(self) -> Iterator[JournalEntry]:
        """All entries, newest first."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in reversed(lines):
            # A run that was killed may have left half a line, and what it was about to make was not made.
            with contextlib.suppress(ValueError):
                yield JournalEntry(*json.loads(line))

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


class Journals:
    """The journals of all stacks, in a folder: an entry belongs to the stack of its URN."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[Path, Journal] = {}
        self._lock = threading.Lock()

    def of(self, project: str, stack: str) -> Journal:
        """The journal of one stack."""
        path = self.folder / project / stack
        with self._lock:
            if path not in self._open:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._open[path] = Journal(path)
            return self._open[path]

    def record(self, entry: JournalEntry) -> None:
        self.of(project_of(entry.urn), stack_of(entry.urn)).record(entry)
