"""What the SDK tells the engine beside each resource: where in the program it was asked for, and each step of its own work."""

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi import log
from pulumi.runtime import resource as sdk
from pulumi.runtime.proto.source_pb2 import StackTrace


@contextmanager
def untraced() -> Iterator[None]:
    """Tell nothing of it, since nobody reads it here. The SDK has no switch for either.

    To find the place takes a third of a run under mocks, and it is a third of what the engine writes at every step. For each
    step the program stops until the engine has heard of it: a quarter of a preview.
    """
    traced, debug = sdk._get_stack_trace, log.debug
    sdk._get_stack_trace, log.debug = StackTrace, _unsaid
    try:
        yield
    finally:
        sdk._get_stack_trace, log.debug = traced, debug


def _unsaid(*_: object, **__: object) -> None:
    """Stands for `log.debug`."""
