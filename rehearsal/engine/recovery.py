"""Clean-up before a run, after an earlier run was cut off or the cloud process was lost."""

import contextlib
import os
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeGuard

from pulumi.automation import Deployment

from ..cloud import Cloud
from ..daemons import command_line_of, parent_of, wait_until
from ..failures import Explained
from ..providers import stand_ins
from ..providers.journal import Journal, JournalEntry
from ..providers.provider import Provider
from ..providers.urn import name_of
from ..state import State, write_whole
from .automation import QuickStack
from .checkpoint import Checkpoint, known_resources

ORPHAN_SECONDS = 30
"""How long an engine may take to notice that its command line was killed."""

KILL_SECONDS = 10

INIT = 1
"""The pid of init, which adopts a process whose parent has ended."""


class BusyError(Explained):
    """Another run holds the stack."""


class LeftoverError(Exception):
    """Resources that an earlier run left behind cannot be deleted."""


def release(stack: QuickStack, checkpoint: Checkpoint, notice: Callable[[str], None]) -> None:
    """Cancel the lock of a run whose process has ended. Raises BusyError if a process still holds the stack."""
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
    """Wait until engines whose command line was killed have ended. Kill those that still wait for its answer."""

    def orphans() -> list[int]:
        return [holder for holder in checkpoint.holders() if _is_orphan(holder, checkpoint)]

    wait_until(lambda: not orphans(), ORPHAN_SECONDS, 0.1)
    for orphan in orphans():
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    wait_until(lambda: not orphans(), KILL_SECONDS, 0.1)


def _is_orphan(holder: int | None, checkpoint: Checkpoint) -> TypeGuard[int]:
    """Whether a process is an engine of this stack that init has adopted, because its parent has ended."""
    return (
        holder is not None
        and parent_of(holder) == INIT
        and f"--stack {checkpoint.stack}" in command_line_of(holder)
    )


def sweep(journal: Journal, state: State, cloud: Cloud, notice: Callable[[str], None]) -> None:
    """Delete resources that a run created and the engine did not write to its checkpoint."""
    entries = list(journal.entries())
    if not entries:
        return
    answered = {entry.urn for entry in entries if entry.id != ""}
    made = [entry for entry in entries if entry.id or entry.urn not in answered]
    # No stack lists these resources, so no stack protects them.
    providers = stand_ins(cloud.endpoint, journal, lift_protection=True)
    removed = _remove(made, providers, known_resources(state))
    if removed:
        notice(f"removed what the last run had made and not written down: {removed} resources")
    journal.clear()


def _remove(
    entries: Sequence[JournalEntry],
    providers: Mapping[str, Provider],
    known: Collection[tuple[str, str]],
) -> int:
    """Delete the resources that no stack knows. Those that depend on others are tried again after these."""
    removed, refused = 0, []
    for entry in entries:
        provider = providers[entry.package]
        try:
            removed += provider.remove(entry, known)
        except provider.refusals as error:
            refused.append((entry, f"{name_of(entry.urn)}: {provider.words(error)}"))
    if not refused:
        return removed
    if len(refused) == len(entries):
        raise LeftoverError(
            "what the last run had made and not written down cannot be removed: "
            + "; ".join(words for _, words in refused)
        )
    return removed + _remove([entry for entry, _ in refused], providers, known)


def forget_pending(stack: QuickStack, checkpoint: Checkpoint) -> None:
    """Remove the pending operations from the checkpoint, after `sweep` has deleted their resources."""
    if not checkpoint.pending:
        return
    exported = stack.export_stack()
    deployment = {**(exported.deployment or {}), "pending_operations": []}
    stack.import_stack(Deployment(exported.version, deployment))


class Memory:
    """A file with the identity of the cloud process that the stack was last deployed to."""

    def __init__(self, state: State, project: str, stack: str) -> None:
        self._path = state.place("clouds", project, stack)

    def lost(self, cloud: Cloud, checkpoint: Checkpoint) -> bool:
        """Whether the stack has resources, and the cloud process that held them has ended."""
        last = self._path.read_text() if self._path.exists() else ""
        return bool(checkpoint.resources) and last != cloud.identity

    def keep(self, cloud: Cloud) -> None:
        write_whole(self._path, cloud.identity)

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)
