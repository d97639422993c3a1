"""A machine in a folder: the files of its user data, its metadata, and its programs run as its units would."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from components.facts.role import Role
from components.machine.fetched_programs import fetched_files
from tests.support.patience import PATIENCE_SECONDS, wait_until
from tests.unit.node.metadata import Metadata

HERE = Path(__file__).parent
PROGRAMS = "usr/local/lib/dualstack"

STUBS = (
    *("apt-get", "crictl", "dnf", "docker", "dpkg-query", "hostnamectl", "ip", "kubeadm"),
    *("kubectl", "modprobe", "networkctl", "rpm", "sleep", "swapoff", "sysctl", "systemctl"),
)
"""The programs of a machine that do not run here: in their places `note` notes how they were called."""


@dataclass
class Machine:
    """One instance."""

    root: Path
    instance: str
    metadata: Metadata
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Links are made here, because an old engine refuses a repository that holds one.
        self._stubs = self.root / "stubs"
        self._stubs.mkdir(parents=True)
        for program in STUBS:
            (self._stubs / program).symlink_to(HERE / "note")

    def boot(self, user_data: str, **settings: Any) -> None:
        """Lay out the files of the user data, as cloud-init does; what would change this host is left out."""
        for file in yaml.load(user_data, yaml.CSafeLoader)["write_files"]:
            target = self.root / file["path"].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file["content"])
            target.chmod(int(file["permissions"], 8))
        self.set(**{"scripts": []} | settings)

    def set(self, **settings: Any) -> None:
        """Change settings that the machine was booted with."""
        node = self.root / "etc/dualstack/node.json"
        node.write_text(json.dumps(json.loads(node.read_text()) | settings))

    def fetch(self, role: Role) -> None:
        """Lay out the programs of its role, as `fetch.py` does; its own tests are in test_fetch.py."""
        for file in fetched_files(role):
            target = self.root / file.path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.content)
            target.chmod(int(file.mode, 8))

    def start(self, program: str = "bootstrap.py") -> subprocess.Popen[bytes]:
        """Start a program as its unit does. For what the test will do, it waits without an end."""
        return self._start(program, pace="0")

    def _start(self, program: str, pace: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._journal.open("wb") as journal:
            process = subprocess.Popen(
                [sys.executable, str(self.root / PROGRAMS / program), *arguments],
                env={"PACE": pace} | self.env(),
                stdout=journal,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    @property
    def _journal(self) -> Path:
        return self.root / "journal"

    def wait_until_it_says(self, words: str) -> None:
        """Wait until the program that runs has written something to the journal."""
        wait_until(lambda: words in self._journal.read_text(), f"{words!r} in the journal")

    def end_of(self, process: subprocess.Popen[bytes]) -> subprocess.CompletedProcess[str]:
        """Wait for the end of a program; how it went, and what it said."""
        code = process.wait(PATIENCE_SECONDS)
        return subprocess.CompletedProcess(process.args, code, self._journal.read_text())

    def crash(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a program with all that it started, as a power cut does, and forget what lay in memory."""
        _kill(process)
        for file in (self.root / "run/dualstack").glob("*"):
            file.unlink()

    def switch_off(self) -> None:
        """Leave nothing running behind a test that has failed."""
        for process in self.started:
            if process.poll() is None:
                _kill(process)

    def run_out_of_patience(
        self, program: str = "bootstrap.py"
    ) -> subprocess.CompletedProcess[str]:
        """Run a program where it waits in vain."""
        return self.end_of(self._start(program, pace="50"))

    def run(
        self, program: str = "bootstrap.py", *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return self.end_of(self._start(program, "1", *arguments))

    def run_after(self) -> subprocess.CompletedProcess[str]:
        """Run the bootstrap of a machine with commands for after kubeadm, as its unit does."""
        return self.end_of(self._start("commands.py", "1", "post"))

    def run_script(
        self, name: str, arguments: tuple[str, ...] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the machine to its end."""
        return subprocess.run(
            ["bash", str(self.root / PROGRAMS / name), *arguments],
            env=self.env() | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def env(self) -> dict[str, str]:
        """A unit's environment, with a clock that only pauses move on and programs that take notes."""
        return {
            "PATH": f"{self._stubs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(HERE / "fast"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CONNECTION_SECONDS": str(PATIENCE_SECONDS),
            "DUALSTACK_ROOT": str(self.root),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata.url,
            **self.environment,
        }

    def arrange(self, call: str, *acts: dict[str, Any]) -> None:
        """Say what the next calls of a program do, like `kubeadm init`."""
        file = self.root / "arranged" / call
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(act) + "\n" for act in acts))

    def calls(self, program: str = "kubeadm") -> list[dict[str, Any]]:
        """How a program was called, in order."""
        notes = self.root / "calls"
        # Behind the last line's end is what a program may still be writing.
        *lines, _ = notes.read_text().split("\n") if notes.exists() else [""]
        return [call for call in map(json.loads, lines) if call["program"] == program]

    def verbs(self) -> list[str]:
        """What kubeadm was told to do, in order."""
        return [call["arguments"][0] for call in self.calls()]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all its descendants."""
    doomed = [process.pid]
    for pid in doomed:
        # One of them may end by itself at this moment.
        with suppress(FileNotFoundError, ProcessLookupError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            doomed += [int(child) for child in children.split()]
    for pid in doomed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
