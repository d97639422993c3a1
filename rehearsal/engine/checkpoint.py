"""The engine's checkpoint of a stack, a JSON file: creating, reading and deleting it."""

import contextlib
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..daemons import command_line_of
from ..providers.urn import name_of
from ..providers.wire import SIGNATURE
from ..state import State, write_whole
from ..workspace import ProjectError

STACK = "pulumi:pulumi:Stack"
UNCOUNTED = (STACK, "pulumi:providers:")
"""Prefixes of types that are not counted: the stack itself and its providers."""

ORGANIZATION = "organization"
"""The organization of every stack in the engine's file backend."""

MACHINE = "aws:ec2/instance:Instance"


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint file of one stack."""

    engine: Path
    """The `.pulumi` folder of the engine's file backend."""
    project: str
    stack: str

    @classmethod
    def of(cls, state: State, project: str, stack: str) -> "Checkpoint":
        return cls(state.backend() / ".pulumi", project, stack)

    @property
    def path(self) -> Path:
        return self.engine / "stacks" / self.project / f"{self.stack}.json"

    @property
    def locks(self) -> Path:
        """A folder with one lock file for each process that holds the stack."""
        return self.engine / "locks" / ORGANIZATION / self.project / self.stack

    @property
    def kept(self) -> Path:
        """A copy of the file as it was before the last run, or after it if it succeeded."""
        return self.engine.parent / "kept" / self.project / f"{self.stack}.json"

    @property
    def put_back(self) -> Path:
        """A file that is there while the checkpoint is that copy."""
        return self.kept.with_suffix(".put-back")

    def exists(self) -> bool:
        return self.path.exists()

    def begin(self) -> None:
        """Create the stack without resources, as `pulumi stack init` would."""
        name = f"{ORGANIZATION}/{self.project}/{self.stack}"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, json.dumps({"version": 3, "checkpoint": {"stack": name}}))

    def forget(self) -> None:
        """Delete the stack with its backups and its history."""
        for kept in ("backups", "history"):
            shutil.rmtree(self.engine / kept / self.project / self.stack, ignore_errors=True)
        self.path.with_suffix(".json.bak").unlink(missing_ok=True)
        self.path.unlink()

    @cached_property
    def latest(self) -> dict[str, Any]:
        # A full disk cuts a file off; the next run of that stack puts the copy back.
        for path in (self.path, self.kept):
            with contextlib.suppress(FileNotFoundError, ValueError):
                return json.loads(path.read_text())["checkpoint"].get("latest") or {}
        return {}

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources in the checkpoint, without the stack itself and its providers."""
        found = self.latest.get("resources") or []
        return [r for r in found if not r["type"].startswith(UNCOUNTED)]

    @property
    def secret_outputs(self) -> set[str]:
        """Names of the outputs that are secret or contain a secret."""
        stacks = [r for r in self.latest.get("resources") or () if r["type"] == STACK]
        exported = [item for stack in stacks for item in stack.get("outputs", {}).items()]
        return {name for name, value in exported if SIGNATURE in json.dumps(value)}

    def machine(self, name: str) -> str:
        """The URN of a machine by its name in the program. Only control-plane machines have one."""
        urns = {name_of(r["urn"]): r["urn"] for r in self.resources if r["type"] == MACHINE}
        if name not in urns:
            there = ", ".join(sorted(urns)) or "none"
            raise ProjectError(f"no machine of the stack is called {name}; there are: {there}")
        return urns[name]

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Operations that were under way when the last run was cut off."""
        return self.latest.get("pending_operations") or []

    def holders(self) -> list[int | None]:
        """The pid of each process that holds the stack; None in place of one that has ended."""
        return [_live_process(lock) for lock in sorted(self.locks.glob("*.json"))]


def stacks_with_resources(state: State) -> list[str]:
    """The stacks of every project that have resources."""
    return [checkpoint.stack for checkpoint in _checkpoints(state) if checkpoint.resources]


def known_resources(state: State) -> set[tuple[str, str]]:
    """The resources of all stacks of all projects, each as its type and its id."""
    return {
        (resource["type"], resource.get("id", ""))
        for checkpoint in _checkpoints(state)
        for resource in checkpoint.resources
        # An entry with this mark is already deleted in the cloud; its replacement may take the same id.
        if not resource.get("pendingReplacement")
    }


def _checkpoints(state: State) -> Iterator[Checkpoint]:
    files = (state.backend() / ".pulumi" / "stacks").glob("*/*.json")
    return (Checkpoint.of(state, file.parent.name, file.stem) for file in files)


def _live_process(lock: Path) -> int | None:
    try:
        holder = json.loads(lock.read_text())
    except (OSError, ValueError):
        return None
    if holder.get("hostname") != socket.gethostname():
        return None
    # The engine's lock holds no start time, and its pid may belong to another program now.
    return holder["pid"] if "pulumi" in command_line_of(holder["pid"]) else None
