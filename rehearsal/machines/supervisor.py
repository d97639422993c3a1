"""The supervisor as commands see it: the daemon that runs the reconciler, its settings, and what it has made on this host."""

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..daemons import Daemon
from ..state import State, write_whole
from .ledger import Ledger
from .machine import Machine

END_SECONDS = 120
"""How long the supervisor may take to remove every machine."""


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The supervisor of one state folder."""

    state: State

    @property
    def folder(self) -> Path:
        """Everything that concerns machines."""
        return self.state.folder / "live"

    @property
    def hosts(self) -> Path:
        """The names of load balancers, in the form of /etc/hosts."""
        return self.state.place("live", "network", "hosts")

    @property
    def phases(self) -> Path:
        """The phase that each machine has reached."""
        return self.folder / "phases.json"

    @property
    def machines(self) -> Path:
        """A folder for each machine."""
        return self.folder / "machines"

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "ledger")

    @property
    def daemon(self) -> Daemon:
        return Daemon("the supervisor of machines", self.folder)

    @property
    def present(self) -> bool:
        """Whether the supervisor runs, or anything that it made is left on this host."""
        return self.daemon.running() or bool(self.ledger.entries())

    def machine(self, instance: str) -> Machine:
        return Machine(instance, self.machines, self.ledger)

    def settings(self) -> dict[str, Any]:
        """What the reconciler has to know of the stacks: `regions` by stack, and `imageFiles` by path."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self._settings_file.read_text())
        return {}

    def configure(self, **changed: Any) -> None:
        """Change settings. The reconciler reads them in its next round."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._settings_file, json.dumps(self.settings() | changed))

    def start(self) -> None:
        """Start the supervisor, unless it runs. It runs until the last stack is taken down."""
        module = "rehearsal.machines.reconciler"
        self.daemon.start([sys.executable, "-m", module, str(self.state.folder)])

    def end(self) -> list[str]:
        """End the supervisor and remove all that it made; the names of what could not be removed."""
        self.daemon.end(END_SECONDS)
        left = self.ledger.undo()
        for file in (self._settings_file, self.phases):
            file.unlink(missing_ok=True)
        return [f"{entry.kind} {entry.name}" for entry in left]

    @property
    def _settings_file(self) -> Path:
        return self.folder / "settings.json"
