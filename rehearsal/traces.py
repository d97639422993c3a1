"""Where in a program each resource is asked for, which the SDK tells the engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.runtime import resource as sdk
from pulumi.runtime.proto.source_pb2 import StackTrace


@contextmanager
def untraced() -> Iterator[None]:
    """Tell nothing: to find it takes a third of a run under mocks, and it is a third of what the engine writes at every step.

    The SDK has no switch for it.
    """
    traced = sdk._get_stack_trace
    sdk._get_stack_trace = StackTrace
    try:
        yield
    finally:
        sdk._get_stack_trace = traced
