"""A record of what a run has made, for the run after one that was killed."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class JournalEntry(NamedTuple):
    """One resource that a stand-in made, with the settings of the provider that made it."""

    package: str
    settings: dict[str, Any]
    urn: str
    id: str | None
    """Empty while AWS was asked and had not answered; nothing where it refused."""
    properties: dict[str, Any]


class Journal:
    """Lines in a file, one for each resource made; what is secret is left out of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(self, entry: JournalEntry) -> None:
        with self._lock, self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def entries(self) -> Iterator[JournalEntry]:
        """What was made, the newest first."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in reversed(lines):
            yield JournalEntry(*json.loads(line))

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
