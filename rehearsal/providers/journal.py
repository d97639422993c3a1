"""A journal of created resources, from which the next run cleans up after a killed one."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class JournalEntry(NamedTuple):
    """One resource that a stand-in created, with the configuration of its provider."""

    package: str
    settings: dict[str, Any]
    urn: str
    id: str | None
    """Empty before AWS has answered; None if AWS refused."""
    properties: dict[str, Any]


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
