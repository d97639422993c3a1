"""Processes that outlive the command that started them, known by a record in the rehearsal's state."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..state import write_whole

END_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Record:
    """A file that names processes by their id and by when they started: ids are used again."""

    path: Path

    def start(
        self,
        command: list[str],
        log: Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Start a process and write it down."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                # Ctrl-C in the terminal is for the command, not for what outlives it.
                start_new_session=True,
            )
        self._write([*self._entries(), (process.pid, started_at(process.pid))])
        return process.pid

    def all_run(self) -> bool:
        """Whether there are processes, and none has ended."""
        entries = self._entries()
        return bool(entries) and all(_runs(*entry) for entry in entries)

    def end(self) -> None:
        """End what still runs."""
        running = [entry for entry in self._entries() if _runs(*entry)]
        for process, _ in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while any(_runs(*entry) for entry in running):
            if time.monotonic() > deadline:
                for process, started in running:
                    if _runs(process, started):
                        os.kill(process, signal.SIGKILL)
                break
            time.sleep(0.02)
        self.path.unlink(missing_ok=True)

    def _entries(self) -> list[tuple[int, str]]:
        try:
            return [(entry[0], entry[1]) for entry in json.loads(self.path.read_text())]
        except (FileNotFoundError, ValueError, TypeError, LookupError):
            return []

    def _write(self, entries: list[tuple[int, str]]) -> None:
        write_whole(self.path, json.dumps(entries))


def started_at(process: int) -> str:
    """When a process started, in ticks since the machine did; nothing once it has ended."""
    try:
        state, *rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state == "Z" else rest[18]


def _runs(process: int, started: str) -> bool:
    return started != "" and started_at(process) == started
