"""A machine: a container of systemd-nspawn for one instance, with its own root, network and cgroups."""

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
"""Folders of a machine. Its root is an overlay: the host's root with `upper` over it. Containers need another disk, since
the kernel refuses an overlay on an overlay."""


class Machine:
    """One machine, running or not."""

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
        """Marker file, written at boot and removed when AWS stops the instance. If it exists and nothing runs, the machine powered
        itself off."""
        return self.folder / "was-on"

    @property
    def runs(self) -> bool:
        # boot.sh is in this group as long as the machine runs. The machine's own processes are in groups below it.
        try:
            return bool((CGROUPS / "systemd" / self.name / "cgroup.procs").read_text())
        except OSError:
            return False

    @property
    def leader(self) -> int | None:
        """The pid, on the host, of the machine's process 1."""
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
        """Make the machine's disk and mount it. A disk that was made before is only mounted."""
        if self.folder.joinpath("installed").exists():
            self._mount()
            return
        for disk in DISKS:
            (self.folder / disk).mkdir(parents=True, exist_ok=True)
        self._mount()
        furnish(self.root, instance, resolver, files)
        self.folder.joinpath("installed").touch()

    def boot(self) -> None:
        """Start the machine, detached from this process, and wait until it runs."""
        self._ledger.note("cgroup", self.name)
        for hierarchy in HIERARCHIES:
            (CGROUPS / hierarchy / self.name / "payload").mkdir(parents=True, exist_ok=True)
        # A new cpuset has no CPUs and no memory nodes, and the kernel refuses a process in it.
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

    def press_power_button(self) -> subprocess.Popen[bytes] | None:
        """Ask the machine to shut down in order, as EC2 does by ACPI: logind lets those delay it that asked for it.

        The value is the process that asks. It fails where the machine is not far enough to hear it; None if nothing runs.
        """
        leader = self.leader
        if leader is None:
            return None
        return subprocess.Popen(
            self.entered(leader, "systemctl", "poweroff"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Kill every process of the machine."""
        left = self._ledger.undo(lambda entry: entry == HostChange("cgroup", self.name))
        if left:
            raise LiveError(f"{self.name} does not stop")

    def remove(self) -> None:
        """Stop the machine and remove its mount, its network and its folder."""
        self.stop()
        mine = (str(self.root), self.name)
        self._ledger.undo(lambda entry: entry.name in mine)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: str, seconds: float = 60) -> str:
        """Run a program in the machine; its standard output."""
        leader = self.leader
        if leader is None:
            raise LiveError(f"{self.name} does not run")
        return run(*self.entered(leader, *command), seconds=seconds)

    def entered(self, leader: int, *command: str) -> list[str]:
        """The words of a host command that runs a program in the machine."""
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
