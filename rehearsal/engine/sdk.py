"""Pulumi's SDK in a rehearsal: without what nobody reads here, or what it does again and again. It has no switch for any of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import log
from pulumi.runtime import resource, stack
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.settings import SETTINGS


@contextmanager
def untraced() -> Iterator[None]:
    """Do not tell the engine where each resource is asked for, nor of each step of the SDK's own work.

    To find the place takes a third of a run under mocks, and it is a third of what the engine writes at every step. For each
    line about its own work the program stops until the engine has heard it: a quarter of a preview.
    """
    traced, debug = resource._get_stack_trace, log.debug
    resource._get_stack_trace, log.debug = StackTrace, _unsaid
    try:
        yield
    finally:
        resource._get_stack_trace, log.debug = traced, debug


def _unsaid(*_: object, **__: object) -> None:
    """Stands for `log.debug`."""


@contextmanager
def awaited_at_once() -> Iterator[None]:
    """At the end of a program, wait for all outputs at once.

    The SDK begins to wait for each of them anew whenever one is known: with 64 pools, that is half of the program's time.
    """
    rest = stack.wait_for_rpcs

    async def wait() -> None:
        outputs: set[asyncio.Task[Any]] = SETTINGS.outputs  # type: ignore[attr-defined] the SDK's own type says less
        while waited := {output for output in outputs if not output.done()}:
            await asyncio.wait(waited)
        await rest()

    stack.wait_for_rpcs = wait
    try:
        yield
    finally:
        stack.wait_for_rpcs = rest
