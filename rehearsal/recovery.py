"""What is put right before a run, when the one before it was cut off or the cloud was lost."""

from collections.abc import Callable, Mapping

from pulumi.automation import Deployment

from .checkpoint import Checkpoint
from .cloud import Cloud
from .journal import Journal
from .provider import Provider
from .stack import QuickStack
from .state import State


class BusyError(Exception):
    """Another run has the stack."""


def release(stack: QuickStack, checkpoint: Checkpoint, notice: Callable[[str], None]) -> None:
    """Take over a stack from a run that is dead, and from no other."""
    holders = checkpoint.holders()
    alive = [holder for holder in holders if holder is not None]
    if alive:
        raise BusyError(
            f"another run of {stack.name} is under way (process {alive[0]}); wait until it has ended"
        )
    if holders:
        notice(f"the last run of {stack.name} was cut off; taking over from it")
        stack.cancel()


def sweep(
    journal: Journal,
    checkpoint: Checkpoint,
    providers: Mapping[str, Provider],
    notice: Callable[[str], None],
) -> None:
    """Remove what a run had made and the engine had no time to write down."""
    unknown = [e for e in journal.entries() if (e.urn, e.id) not in checkpoint.known]
    for entry in unknown:
        providers[entry.package].remove(entry)
    if unknown:
        notice(f"removed what the last run had made and not written down: {len(unknown)} resources")
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
