"""What is put right before a run, when the one before it was cut off or the cloud was lost."""

import time
from collections.abc import Callable, Mapping

from pulumi.automation import Deployment

from .checkpoint import Checkpoint, told_of
from .cloud import Cloud
from .journal import Journal
from .provider import Provider
from .stack import QuickStack
from .state import State

ORPHAN_SECONDS = 60


class BusyError(Exception):
    """Another run has the stack."""


def release(stack: QuickStack, checkpoint: Checkpoint, notice: Callable[[str], None]) -> None:
    """Take over a stack from a run that is dead, and from no other."""
    _outlast_orphans(checkpoint)
    holders = checkpoint.holders()
    alive = [holder for holder in holders if holder is not None]
    if alive:
        raise BusyError(
            f"another run of {stack.name} is under way (process {alive[0]}); wait until it has ended"
        )
    if holders:
        notice(f"the last run of {stack.name} was cut off; taking over from it")
        stack.cancel()


def _outlast_orphans(checkpoint: Checkpoint) -> None:
    """Wait for an engine whose command was killed: it ends by itself when it finds nobody at the other end."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while time.monotonic() < deadline and any(
        # Whoever lost its parent is adopted by init.
        holder is not None and told_of(holder, "ppid") == "1"
        for holder in checkpoint.holders()
    ):
        time.sleep(0.1)


def sweep(
    journal: Journal,
    checkpoint: Checkpoint,
    providers: Mapping[str, Provider],
    notice: Callable[[str], None],
) -> None:
    """Remove what a run had made and the engine had no time to write down."""
    entries = list(journal.entries())
    answered = {entry.urn for entry in entries if entry.id}
    unknown = [
        entry
        for entry in entries
        if (entry.urn, entry.id) not in checkpoint.known and (entry.id or entry.urn not in answered)
    ]
    known = {identity for _, identity in checkpoint.known}
    removed = sum(providers[entry.package].remove(entry, known) for entry in unknown)
    if removed:
        notice(f"removed what the last run had made and not written down: {removed} resources")
    journal.clear()


def forget_pending(stack: QuickStack, checkpoint: Checkpoint) -> None:
    """Drop what was under way from the engine's file, once nothing of it is left in the cloud."""
    if not checkpoint.pending:
        return
    exported = stack.export_stack()
    deployment = {**(exported.deployment or {}), "pending_operations": []}
    stack.import_stack(Deployment(exported.version, deployment))


class Memory:
    """Which cloud a stack was last brought up in."""

    def __init__(self, state: State, project: str, stack: str) -> None:
        self._path = state.place("clouds", project, stack)

    def lost(self, cloud: Cloud, checkpoint: Checkpoint) -> bool:
        """Whether the stack has resources, and the cloud that held them is not there any more."""
        last = self._path.read_text() if self._path.exists() else ""
        return bool(checkpoint.resources) and last != cloud.identity

    def keep(self, cloud: Cloud) -> None:
        self._path.write_text(cloud.identity)

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)
