"""What a full disk cuts off, put back before the next run: the engine's checkpoint of a stack, its locks and its own file.

The engine goes on after a write that failed, and leaves half of a file. So each run begins and ends with a copy of the
checkpoint. What a run has made since is in the journal, from which the next run removes it.
"""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from ..state import State, write_whole
from .checkpoint import Checkpoint

LEAST_BYTES = 2 * 1024 * 1024
"""The room that a run begins with at least: the engine writes the checkpoint of a stack of 110 resources five times."""

LAYOUT = "version: 1\n"
"""The engine's file about its backend: stacks are kept by project."""


def require_room(state: State) -> None:
    """Raise OSError if the disk of the state has no room for a run: the engine would leave half of a file there."""
    folder = state.backend()
    if shutil.disk_usage(folder).free < LEAST_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def mend(checkpoint: Checkpoint, notice: Callable[[str], None]) -> None:
    """Remove locks that are not whole, and put the copy of a checkpoint in place of one that is not whole."""
    for lock in checkpoint.locks.glob("*"):
        if not _is_whole(lock):
            lock.unlink(missing_ok=True)
    layout = checkpoint.engine / "meta.yaml"
    if layout.exists() and layout.stat().st_size == 0:
        write_whole(layout, LAYOUT)
    backup = checkpoint.path.with_suffix(".json.bak")
    if backup.exists() and not _is_whole(backup):
        backup.unlink()
    if not checkpoint.exists() or _is_whole(checkpoint.path):
        return
    notice("the record of the last run is not whole; going on from the one before it")
    checkpoint.put_back.touch()
    if _is_whole(checkpoint.kept):
        write_whole(checkpoint.path, checkpoint.kept.read_text())
    else:
        checkpoint.begin()


def keep(checkpoint: Checkpoint) -> None:
    """Copy the checkpoint as it is before a run, or after one that has succeeded."""
    if checkpoint.exists():
        checkpoint.kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(checkpoint.kept, checkpoint.path.read_text())


def was_put_back(checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint is older than the last run, so that the cloud has to be asked."""
    return checkpoint.put_back.exists()


def settle(checkpoint: Checkpoint) -> None:
    """Record that the checkpoint is the last run's again."""
    checkpoint.put_back.unlink(missing_ok=True)


def forget(checkpoint: Checkpoint) -> None:
    """Remove what is kept of a stack that is gone."""
    for path in (checkpoint.kept, checkpoint.put_back):
        path.unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return isinstance(json.loads(path.read_bytes()), dict)
    return False
