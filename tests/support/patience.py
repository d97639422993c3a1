"""How long tests wait for what is sure to come."""

import time
from collections.abc import Callable

import pytest

PATIENCE_SECONDS = 1800
"""A safety net, so that a hung test run ends. No test depends on it: what works takes a small part of it on the slowest machine."""


def wait_until(reached: Callable[[], object], what: str = "what the test waits for") -> None:
    """Wait for another thread or process to reach something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen in {PATIENCE_SECONDS} s")
        time.sleep(0.02)
