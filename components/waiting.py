"""Waiting in an `up`: AWS is asked again and again, and each minute a line says how far it is."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pulumi

T = TypeVar("T")

PAUSE_SECONDS = 5
"""The time between two looks."""

LINE_SECONDS = 60
"""The time between two lines about the wait."""


async def looks(
    look: Callable[[], Awaitable[T]], progress: Callable[[T], str]
) -> AsyncIterator[tuple[T, float]]:
    """What each look sees, and its time on the monotonic clock in seconds. The caller ends the wait by leaving the loop.

    `progress` is the line about what was seen. The last look is not logged.
    """
    spoken = None
    while True:
        seen = await look()
        now = time.monotonic()
        yield seen, now
        if spoken is None or now - spoken >= LINE_SECONDS:
            pulumi.log.info(progress(seen))
            spoken = now
        await asyncio.sleep(PAUSE_SECONDS)
