"""The phase that each machine has reached, in a file that other commands show to people."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..state import write_whole
from .fleet import Fleet
from .view.metadata_source import MetadataSource, statuses
from .view.survey import InstanceView, Survey

FAILED = re.compile(r"failed, attempt ([0-9]+): (.*)")

MARKS = (
    ("kubeadm", re.compile(rb"\[preflight\]")),
    ("waits for the API", re.compile(rb"waiting for https://")),
    ("waits for the leader", re.compile(rb"waiting for i-\w+ to make")),
    ("installs", re.compile(rb"installing \S+ ")),
)
"""What the console of a machine shows when a phase begins."""

CONSOLE_TAIL = 20000

GOING = ("stopping", "stopped", "shutting-down")
"""Phases of machines that nobody waits for."""


@dataclass
class MachineProgress:
    """The phases of one machine on its way to becoming a node."""

    id: str
    name: str
    zone: str
    cluster: str
    began: float
    phase: str = "boots"
    steps: list[tuple[str, float]] = field(default_factory=list)
    """Each phase that has begun, with the seconds since the launch."""
    failure: str = ""
    attempt: int = 0

    @property
    def is_going(self) -> bool:
        return self.phase in GOING

    def reach(self, phase: str) -> None:
        if phase != self.phase or not self.steps:
            self.phase = phase
            self.steps.append((phase, round(time.time() - self.began, 1)))


class Phases:
    """The progress of every machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, MachineProgress] = {}
        for known in load(path):
            self._known[known.id] = known

    def follow(
        self,
        found: Survey,
        moment: float,
        fleet: Fleet,
        metadata: MetadataSource,
        clients: Callable[[str], dict[str, Any]],
    ) -> None:
        """Update the file from a survey that AWS answered at a moment."""
        present = {i.id: i for i in found.instances if i.exists}
        for identity in self._known.keys() - present.keys():
            del self._known[identity]
        for region in {i.region for i in present.values()}:
            here = [i for i in present.values() if i.region == region]
            reported = statuses(clients(region)["ssm"], here)
            for instance in here:
                console = fleet.machine(instance.id).console
                booted = instance.id in metadata.booted
                self._look(instance, console, booted, reported.get(instance.id, ""))
        text = json.dumps([asdict(known) for known in self._known.values()], indent=1)
        if not self._path.exists() or self._path.read_text() != text:
            write_whole(self._path, text)
        _asked(self._path).write_text(str(moment))

    def _look(self, instance: InstanceView, console: Path, booted: bool, reported: str) -> None:
        known = self._known.setdefault(
            instance.id,
            MachineProgress(
                instance.id,
                instance.name,
                instance.zone,
                instance.cluster,
                instance.launched,
            ),
        )
        failed = FAILED.match(reported)
        if not instance.wanted:
            known.reach(instance.state)
        elif reported.startswith("joined") and "not ready" not in reported:
            known.failure = ""
            known.reach("joined")
        elif failed and int(failed[1]) > known.attempt:
            known.attempt, known.failure = int(failed[1]), failed[2]
            known.reach(f"failed at attempt {failed[1]}")
        else:
            known.reach(_said(console) or ("reads its user data" if booted else "boots"))


def _said(console: Path) -> str:
    try:
        with console.open("rb") as file:
            file.seek(max(0, console.stat().st_size - CONSOLE_TAIL))
            text = file.read()
    except OSError:
        return ""
    places = [
        (max((m.start() for m in mark.finditer(text)), default=-1), phase) for phase, mark in MARKS
    ]
    last, phase = max(places)
    return phase if last >= 0 else ""


def asked_at(path: Path) -> float:
    """When AWS was asked for the machines in the file; 0 if it never was."""
    try:
        return float(_asked(path).read_text())
    except (OSError, ValueError):
        return 0.0


def _asked(path: Path) -> Path:
    return path.with_suffix(".asked")


def load(path: Path, cluster: str = "") -> list[MachineProgress]:
    """The progress in the file, of one cluster or of all."""
    try:
        entries = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    known = [
        MachineProgress(**entry | {"steps": [tuple(s) for s in entry["steps"]]})
        for entry in entries
    ]
    return [progress for progress in known if cluster in ("", progress.cluster)]
