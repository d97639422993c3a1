"""Starts and ends the supervisor, and takes away what one that crashed has left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..state import State, write_whole
from .ledger import Ledger
from .machine import Machine
from .shell import LiveError

START_SECONDS = 30
END_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Steward:
    """The supervisor of one state folder."""

    state: State

    @property
    def hosts(self) -> Path:
        """Names of load balancers, in the form of /etc/hosts."""
        return self.state.place("live", "network", "hosts")

    @property
    def phases(self) -> Path:
        """How far machines have come."""
        return self.state.place("live", "phases.json")

    @property
    def log(self) -> Path:
        return self.state.place("live", "log")

    @property
    def present(self) -> bool:
        """Whether anything on this host is ours."""
        return self.pid() is not None or bool(self._ledger.entries())

    def pid(self) -> int | None:
        """The supervisor's process, if it runs."""
        try:
            pid = int(self._pid_file.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        except (OSError, ValueError):
            return None
        return pid if str(self.state.folder) in words else None

    def machine(self, instance: str) -> Machine:
        return Machine(instance, self.state.place("live", "machines"), self._ledger)

    def settings(self) -> dict[str, Any]:
        """What the supervisor has to know of the stacks."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._settings_file.read_text())
        return {}

    def tell(self, **changed: Any) -> None:
        """Change settings; the supervisor reads them in its next round."""
        write_whole(self._settings_file, json.dumps(self.settings() | changed))

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.pid() is not None:
            return
        ready = self.state.place("live", "ready")
        ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.machines.supervisor", str(self.state.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parent.parent.parent,
                # It outlives the command that starts it, until the last stack goes down.
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise LiveError(f"the supervisor of machines did not start: {self._last_words()}")
            time.sleep(0.05)

    def end(self) -> list[str]:
        """End it and take away all that is ours; what resists is returned."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + END_SECONDS
            while self.pid() is not None and time.monotonic() < deadline:
                time.sleep(0.1)
        left = self._ledger.undo()
        for file in (self._pid_file, self._settings_file, self.phases):
            file.unlink(missing_ok=True)
        return [f"{entry.kind} {entry.name}" for entry in left]

    def _last_words(self) -> str:
        lines = self.log.read_text().strip().splitlines()
        return f"{lines[-1] if lines else 'it said nothing'} (all of it: {self.log})"

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.state.place("live", "ledger"))

    @property
    def _pid_file(self) -> Path:
        return self.state.place("live", "pid")

    @property
    def _settings_file(self) -> Path:
        return self.state.place("live", "settings.json")
