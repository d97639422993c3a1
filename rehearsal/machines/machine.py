"""A machine: what runs for one instance, with a root, a network and cgroups of its own."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ..daemons import wait_until
from .host import CONTROLLERS
from .image import furnish
from .ledger import CGROUPS, PREFIX, HostChange, Ledger
from .network.namespaces import Namespace
from .shell import LiveError, run
from .view.survey import InstanceView

HIERARCHIES = ("systemd", "unified", *CONTROLLERS)
START_SECONDS = 10
DISKS = ("upper", "work", "root", "containerd", "kubelet")
"""Folders of a machine: its root is the host's with `upper` over it; an overlay cannot lie on an overlay, so containers have a disk of their own."""


class Machine:
    """One of them, running or not."""

    def __init__(self, instance: str, folder: Path, ledger: Ledger) -> None:
        self.instance = instance
        self.name = f"{PREFIX}{instance}"
        self.folder = folder / instance
        self.namespace = Namespace(self.name)
        self.link = f"m-{instance[-11:]}"
        self._ledger = ledger

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    @property
    def was_on(self) -> Path:
        """A file that stands from its start until AWS has it stopped: without the machine it means that it went off by itself."""
        return self.folder / "was-on"

    @property
    def runs(self) -> bool:
        # The loop that boots it lives here as long as it does; the rest is in groups below.
        try:
            return bool((CGROUPS / "systemd" / self.name / "cgroup.procs").read_text())
        except OSError:
            return False

    @property
    def leader(self) -> int | None:
        """Process 1 of the machine, as the host sees it."""
        for pid in self._processes():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            inner = next(line for line in status.splitlines() if line.startswith("NSpid:"))
            if status.startswith("Name:\tsystemd\n") and inner.split()[-1] == "1":
                return pid
        return None

    def install(self, instance: InstanceView, resolver: str, files: Mapping[str, str]) -> None:
        """Give it a disk, unless it has one."""
        if self.folder.joinpath("installed").exists():
            self._mount()
            return
        for disk in DISKS:
            (self.folder / disk).mkdir(parents=True, exist_ok=True)
        self._mount()
        furnish(self.root, instance, resolver, files)
        self.folder.joinpath("installed").touch()

    def boot(self) -> None:
        """Start it, detached from this process."""
        self._ledger.note("cgroup", self.name)
        for hierarchy in HIERARCHIES:
            (CGROUPS / hierarchy / self.name / "payload").mkdir(parents=True, exist_ok=True)
        # A new cpuset has no processor and no memory, and takes no process.
        for inner in (self.name, f"{self.name}/payload"):
            for what in ("cpuset.cpus", "cpuset.mems"):
                value = (CGROUPS / "cpuset" / what).read_text()
                (CGROUPS / "cpuset" / inner / what).write_text(value)
        subprocess.Popen(
            [Path(__file__).with_name("boot.sh"), self.name, self.folder, *CONTROLLERS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not wait_until(lambda: self.runs, START_SECONDS, 0.02):
            raise LiveError(f"{self.name} does not start")

    def stop(self) -> None:
        """Cut its power."""
        left = self._ledger.undo(lambda entry: entry == HostChange("cgroup", self.name))
        if left:
            raise LiveError(f"{self.name} does not stop")

    def remove(self) -> None:
        """Take away all of it."""
        self.stop()
        mine = (str(self.root), self.name)
        self._ledger.undo(lambda entry: entry.name in mine)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: str, seconds: float = 60) -> str:
        """Run a program in it."""
        leader = self.leader
        if leader is None:
            raise LiveError(f"{self.name} does not run")
        return run(*self.entered(leader, *command), seconds=seconds)

    def entered(self, leader: int, *command: str) -> list[str]:
        """A command of this host that runs one in the machine."""
        flags = ("-m", "-u", "-i", "-n", "-p", "-r", "-w")
        return ["nsenter", "-t", str(leader), *flags, *command]

    def _mount(self) -> None:
        if os.path.ismount(self.root):
            return
        self._ledger.note("mount", self.root)
        layers = f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"
        run("mount", "-t", "overlay", self.name, "-o", layers, self.root)

    def _processes(self) -> list[int]:
        found = []
        for folder, _, _ in os.walk(CGROUPS / "systemd" / self.name):
            try:
                found += Path(folder, "cgroup.procs").read_text().split()
            except OSError:
                continue
        return [int(pid) for pid in found]
