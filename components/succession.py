"""Waiting until a new control plane is a member of etcd, before the next is made and before one of before ends."""

import time

import pulumi

from .facts.lifecycle import HAS_JOINED, SILENT
from .joining import statuses
from .rules.succession import Succession
from .waiting import looks

PATIENCE_SECONDS = 1500
"""The longest wait for one machine: a boot, the software, and a join. A machine takes three to five minutes."""


async def once_member(
    succession: Succession, cluster: str, name: str, opts: pulumi.InvokeOptions, identity: str
) -> str:
    """The id of a control plane, once it has joined, if it must be waited for. A preview waits for nothing.

    The engine makes a replacement first, and ends what was replaced after all else. If this fails, nothing ends.
    """
    if pulumi.runtime.is_dry_run() or not succession.awaits(identity):
        return identity

    async def look() -> str:
        return (await statuses(cluster, opts)).get(identity, SILENT)

    start = time.monotonic()
    async for words, now in looks(look, lambda words: f"{name}, {identity}, joins: {words}"):
        if words.startswith(HAS_JOINED):
            break
        if now - start > PATIENCE_SECONDS:
            raise pulumi.RunError(
                f"{name}, {identity}, did not join within {PATIENCE_SECONDS // 60} minutes: {words}. No control plane was ended. "
                "Mend that, and run `pulumi up` again: it goes on from here"
            )
    return identity
