"""Processes that outlive the command that starts them: each is started once, found again by a record, and ended.

Three daemons exist: the cloud, the mirror, and the supervisor of machines. A pid alone does not identify a process, since
the kernel uses pids again. A record therefore holds the start time of each process beside its pid.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .failures import Explained
from .state import write_whole

if TYPE_CHECKING:
    from filelock import BaseFileLock
    from psutil import Process

# psutil and filelock are imported where they are needed: several commands need neither.

CHECKOUT = Path(__file__).parents[1]

START_SECONDS = 600
"""How long a daemon may take to serve: a moment on an idle host, minutes on a busy one. If it ends, the wait ends too."""

END_SECONDS = 10
KILL_SECONDS = 5

LOG_LINES = 8
"""How much of a log an error shows."""

SAME_SECONDS = 2
"""How far two readings of one start time may differ: psutil adds the time of the boot, in whole seconds."""

GATE = 'read -r go && exec "$@" < /dev/null'
"""A shell that becomes the daemon's program when it has read a line. It ends if the starting command dies before that."""

Answer = TypeVar("Answer")


class DaemonError(Explained):
    """A daemon did not start. The message holds the last lines of its log."""


class Daemon:
    """One daemon: a process, or several that are started and ended together."""

    def __init__(self, name: str, folder: Path, ready: str = "ready") -> None:
        self.name = name
        """The subject of error messages."""
        self.folder = folder
        """Holds the record, the lock, the log, and whatever the processes themselves keep there."""
        self.log = folder / "log"
        self.ready = folder / ready
        """A file that the process writes once it serves. It is removed before a start and after the end."""
        self._record = folder / "processes.json"

    @cached_property
    def lock(self) -> "BaseFileLock":
        """Held while the daemon is started or ended, so that two commands start it once. A thread may take it repeatedly."""
        from filelock import FileLock  # noqa: PLC0415

        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "lock")

    def running(self) -> bool:
        """Whether the daemon was started and none of its processes has ended."""
        entries = self._entries()
        return bool(entries) and len(self._alive()) == len(entries)

    def start(
        self,
        *commands: Sequence[str],
        answers: Callable[[], object] | None = None,
        environment: Mapping[str, str] | None = None,
        seconds: float = START_SECONDS,
    ) -> None:
        """Start each command as a process, unless the daemon runs, and wait until it serves.

        It serves when `answers` returns a true value; by default, when the file `ready` exists. A daemon that does not serve
        in time is ended, and the call raises DaemonError.
        """
        serves = answers or self.ready.exists

        def wait() -> None:
            wait_until(lambda: not self.running() or serves(), seconds, 0.02)

        with self.lock:
            if self.running():
                # A command that was killed may have begun to start it or to end it.
                wait()
            if not self.running():
                self.end()
                self._spawn(commands, {**os.environ, **(environment or {})})
                wait()
            if not (self.running() and serves()):
                self.end()
                raise DaemonError(f"{self.name} did not start. {self._last_lines()}")

    def end(self, seconds: float = END_SECONDS) -> None:
        """End what still runs, by SIGKILL if SIGTERM has no effect within some seconds."""
        from psutil import NoSuchProcess  # noqa: PLC0415

        with self.lock:
            for process in self._alive():
                with contextlib.suppress(NoSuchProcess):
                    process.terminate()
            wait_until(lambda: not self._alive(), seconds)
            for process in self._alive():
                with contextlib.suppress(NoSuchProcess):
                    process.kill()
            wait_until(lambda: not self._alive(), KILL_SECONDS)
            self._record.unlink(missing_ok=True)
            self.ready.unlink(missing_ok=True)

    def _spawn(self, commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
        """Start the processes. None runs its program before the record names it, so none is lost if this process is killed."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".before"))
        closed, opened = os.pipe()
        with self.log.open("wb") as log:
            processes = [
                subprocess.Popen(
                    ["sh", "-c", GATE, "daemon", *command],
                    stdin=closed,
                    stdout=log,
                    stderr=log,
                    cwd=CHECKOUT,
                    env=environment,
                    # Ctrl-C in the terminal is for the command, not for the daemon that outlives it.
                    start_new_session=True,
                )
                for command in commands
            ]
        os.close(closed)
        entries = [(process.pid, _started(process.pid)) for process in processes]
        write_whole(self._record, json.dumps(entries))
        with contextlib.suppress(BrokenPipeError):
            os.write(opened, b"\n" * len(processes))
        os.close(opened)

    def _alive(self) -> list["Process"]:
        return [
            process
            for pid, started in self._entries()
            if abs(_started(pid) - started) < SAME_SECONDS and (process := process_of(pid))
        ]

    def _entries(self) -> list[tuple[int, float]]:
        try:
            return [
                (int(pid), float(started)) for pid, started in json.loads(self._record.read_text())
            ]
        except (FileNotFoundError, ValueError, TypeError):
            return []

    def _last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        if not lines:
            return f"Its log is empty: {self.log}"
        shown = "\n".join(f"    {line}" for line in lines[-LOG_LINES:])
        return f"The last lines of its log:\n{shown}\n  All of them: {self.log}"


def process_of(pid: int) -> "Process | None":
    """The process that has a pid. None if it has ended, also where its parent has not reaped it yet (a zombie)."""
    import psutil  # noqa: PLC0415

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.Error:
        return None


def command_line_of(pid: int) -> str:
    """The program and the arguments of a process, with a space between them; empty if it has ended."""
    return " ".join(_asked(pid, "cmdline") or ())


def parent_of(pid: int) -> int | None:
    """The pid of the parent of a process; None if the process has ended."""
    return _asked(pid, "ppid")


def _asked(pid: int, attribute: str) -> Any:
    from psutil import Error  # noqa: PLC0415

    process = process_of(pid)
    try:
        return getattr(process, attribute)() if process else None
    except Error:
        return None


def _started(pid: int) -> float:
    """When a process started, in seconds since the epoch; 0 if it has ended."""
    return _asked(pid, "create_time") or 0.0


def wait_until(condition: Callable[[], Answer], seconds: float, pause: float = 0.05) -> Answer:
    """The first true answer of a condition that is asked repeatedly, or its last answer when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer
