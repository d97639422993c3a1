"""An empty machine for one test: namespaces in which real programs may write where they like."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.builds.cache import cache_folder
from tests.support.patience import PATIENCE_SECONDS, wait_until

HOW = (
    "The real programs run in namespaces of their own, which needs Linux with `unshare`, `nsenter` and `ip` "
    "(util-linux, iproute2) and either root or unprivileged user namespaces "
    "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)."
)

NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--pid", "--cgroup")


class NoSandboxError(Exception):
    """This machine cannot make a sandbox; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program did."""

    status: int
    output: str


@dataclass(slots=True)
class Sandbox:
    """A machine named node1 with one interface, 10.0.0.10 and fd00:aa::10, and nothing installed."""

    folder: Path
    """Its files, as seen from outside: `etc`, `lib` (/var/lib), `log` (/var/log) and `run`."""
    pid: int
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _beside: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self, path: str, text: str) -> str:
        """Put a file into /etc of the machine; the answer is its path there."""
        file = self.folder / "etc" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return f"/etc/{path}"

    def run(self, program: Path | str, *arguments: str) -> Finished:
        """Run a program to its end, its standard output and error as one text."""
        return _finished(self._command(program, arguments), "")

    def run_beside(self, *command: str, given: str = "") -> Finished:
        """Run a program of this host that shares nothing but the network with the machine."""
        return _finished([*_enter(self.pid, ("--net",)), *command], given)

    def run_until(self, pattern: str, program: Path | str, *arguments: str) -> Finished:
        """Run a program until it says something, then stop it; its status is then that of a stopped one."""
        log = self.folder / f"{Path(program).name}-{len(self._started)}.out"
        process = self.start(log, program, *arguments)
        wait_until(
            lambda: process.poll() is not None or re.search(pattern, log.read_text()), pattern
        )
        terminate(process)
        return Finished(process.wait(), log.read_text())

    def start_beside(self, log: Path, *arguments: str) -> None:
        """Start a program in Python that stays, of this host, and that shares nothing but the network with the machine."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_enter(self.pid, ("--net",)), sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._beside.append(process)

    def start(self, log: Path, program: Path | str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program that stays; it ends with the machine at the latest."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._command(program, arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._started.append(process)
        return process

    def _command(self, program: Path | str, arguments: tuple[str, ...]) -> list[str]:
        inside = f"/run/programs/{program.name}" if isinstance(program, Path) else program
        return [*_enter(self.pid), inside, *arguments]

    def close(self) -> None:
        """Collect what was started; the end of the machine has already killed what ran on it."""
        for process in self._beside:
            process.kill()
        for process in (*self._started, *self._beside):
            process.wait()


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """A machine whose files are kept in a folder, and which is gone afterwards."""
    missing = [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]
    if missing:
        raise NoSandboxError(f"{', '.join(missing)} not found. {HOW}")
    folder.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("enter.sh")
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    holder = subprocess.Popen(
        [
            *("unshare", *as_root, *NAMESPACES, "--fork", "--kill-child"),
            *("sh", str(script), str(folder), str(cache_folder())),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stderr
    first = holder.stdout.readline().split()
    if first[:1] != ["ready"]:
        _, reason = holder.communicate()
        raise NoSandboxError(f"{reason.strip()}\n{HOW}")
    machine = Sandbox(folder, int(first[1]))
    try:
        yield machine
    finally:
        holder.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            holder.wait(timeout=5)
        holder.kill()
        holder.wait()
        holder.stdout.close()
        holder.stderr.close()
        machine.close()


def _enter(pid: int, namespaces: tuple[str, ...] = NAMESPACES) -> list[str]:
    as_root = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
    return ["nsenter", "--target", str(pid), *as_root, *namespaces, "--"]


def terminate(entered: subprocess.Popen[bytes]) -> None:
    """End what a process that has entered a machine waits for, and so the process.

    The other way round the program would be left to init, and the machine could not end before init looks at it.
    """
    children = Path(f"/proc/{entered.pid}/task/{entered.pid}/children").read_text()
    for child in children.split():
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGTERM)


def _finished(command: list[str], given: str) -> Finished:
    done = subprocess.run(
        command,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Finished(done.returncode, done.stdout)
