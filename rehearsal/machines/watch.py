"""Shows the phases of machines while the engine works and after it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from .phases import MachineProgress, asked_at, load

ATTEMPTS = 2
"""The wait ends after this many failed attempts of a machine since the command began. The first attempt may fail because
AWS was not ready. Failures before the command do not count: it may repair or replace that machine."""

STALLED_SECONDS = 30
"""The time without a round of the supervisor after which it counts as stalled. A round takes a second, or a few while
several machines boot."""


class Watch:
    """A thread that prints each phase as a machine reaches it."""

    def __init__(
        self, console: Console, phases: Path, cluster: str, failed: Callable[[], None]
    ) -> None:
        self._console, self._failed = console, failed
        self._phases, self._cluster = phases, cluster
        self._shown: dict[str, int] = {}
        self._failed_before: dict[str, int] = {}
        self._looked_at = time.time()
        self._stalled = False
        self._ended = threading.Event()
        self.failure: MachineProgress | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        # Phases from before this command were shown by another one.
        before = load(self._phases, self._cluster)
        self._shown = {known.id: len(known.steps) for known in before}
        self._failed_before = {known.id: known.attempt for known in before}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def wait(self, since: float) -> bool:
        """Wait until all machines have joined, those launched just before a moment included; False if one has failed."""
        while self.failure is None:
            is_new = asked_at(self._phases) > since
            known = [one for one in load(self._phases, self._cluster) if not one.is_going]
            if is_new and known and all(k.phase == "joined" for k in known):
                return True
            self._ended.wait(0.1)
        return False

    def _run(self) -> None:
        while not self._ended.is_set():
            self._look()
            self._ended.wait(0.5)
        self._look()

    def _look(self) -> None:
        self._show_stall()
        for known in load(self._phases, self._cluster):
            for phase, seconds in known.steps[self._shown.get(known.id, 0) :]:
                self._console.print(
                    f"  {known.name} ({known.id}, {known.zone}): {phase} after {seconds} s",
                    markup=False,
                )
            self._shown[known.id] = len(known.steps)
            failures = known.attempt - self._failed_before.get(known.id, 0)
            if known.failure and failures >= ATTEMPTS and self.failure is None:
                self.failure = known
                self._failed()

    def _show_stall(self) -> None:
        """Print once why nothing happens when the supervisor fails in every round."""
        self._looked_at = max(self._looked_at, asked_at(self._phases))
        if self._stalled or time.time() - self._looked_at < STALLED_SECONDS:
            return
        self._stalled = True
        log = self._phases.with_name("log")
        lines = log.read_text().strip().splitlines() if log.exists() else []
        self._console.print(
            f"error: nobody has looked after the machines for {STALLED_SECONDS} s: "
            f"{lines[-1] if lines else 'the supervisor says nothing'} (all of it: {log})",
            style="red",
            markup=False,
        )
