"""Waiting until a new control plane is a member of etcd, before the next is made and before one of before ends."""

import asyncio
import time

import pulumi

from .facts.lifecycle import HAS_JOINED, SILENT
from .joining import LINE_SECONDS, PAUSE_SECONDS, statuses
from .rules.succession import Succession

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
    start, spoken = time.monotonic(), None
    while True:
        words = (await statuses(cluster, opts)).get(identity, SILENT)
        if words.startswith(HAS_JOINED):
            return identity
        now = time.monotonic()
        if now - start > PATIENCE_SECONDS:
            raise pulumi.RunError(
                f"{name}, {identity}, did not join within {PATIENCE_SECONDS // 60} minutes: {words}. No control plane was ended. "
                "Mend that, and run `pulumi up` again: it goes on from here"
            )
        if spoken is None or now - spoken >= LINE_SECONDS:
            pulumi.log.info(f"{name}, {identity}, joins: {words}")
            spoken = now
        await asyncio.sleep(PAUSE_SECONDS)
