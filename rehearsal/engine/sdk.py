"""Replacements inside Pulumi's Python SDK, for the time of one run: the SDK has no setting for any of them.

They rely on private names, read in version 3.272.0. After an upgrade of the SDK, read these functions again and change
`READ_IN`; tests fail while the versions differ or a name is missing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import log
from pulumi.runtime import resource, stack
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.settings import SETTINGS

READ_IN = "3.272.0"
"""The version of the SDK whose sources the replacements were written against."""


@contextmanager
def untraced() -> Iterator[None]:
    """Send the engine no stack trace with each resource, and no debug log lines.

    The search for the stack frame takes a third of a run under mocks. The traces are a third of what the engine writes at every
    step. For each debug line the program waits until the engine has received it: a quarter of a preview.
    """
    traced, debug = resource._get_stack_trace, log.debug
    resource._get_stack_trace, log.debug = StackTrace, _log_nothing
    try:
        yield
    finally:
        resource._get_stack_trace, log.debug = traced, debug


def _log_nothing(*_: object, **__: object) -> None:
    """Replaces `log.debug`."""


@contextmanager
def awaited_at_once() -> Iterator[None]:
    """At the end of a program, wait for all outputs with one call.

    The SDK calls `asyncio.wait` on all of them again whenever one is known: with 64 pools, that is half of the program's time.
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
