"""Fixtures that run a program against a stand-in for the cloud."""

import gc
import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, settings

from components.testing import Deployment
from components.testing import run as run_program
from rehearsal.engine.sdk import untraced
from tests.support.patience import PATIENCE_SECONDS

# No deadline, and none for all examples: on a loaded machine a slow one is no fault. CI tries the same examples in every run.
settings.register_profile(
    "project",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
)
settings.load_profile("project")


@pytest.fixture(scope="session", autouse=True)
def patient_connections() -> Iterator[None]:
    """A connection of the tests' own process waits as long as it takes: on a loaded machine a late answer is no fault."""
    settimeout = socket.socket.settimeout
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            socket.socket,
            "settimeout",
            lambda connection, seconds: settimeout(connection, seconds and PATIENCE_SECONDS),
        )
        yield


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Failures that nobody awaited are logged with their module, not in the middle of a later one.

    Python 3.11 reads source to log a traceback, and fails to read another meanwhile: https://github.com/python/cpython/issues/106905
    """
    yield
    gc.collect()


@pytest.fixture(scope="session")
def deploy() -> Callable[..., Deployment]:
    """Runs a program against the stand-in; what it returns are its outputs."""
    # The AWS SDK is a great many objects that stay: not looking through them again takes a fifth off every run.
    gc.freeze()

    def run(
        program: Callable[[], Any],
        *,
        preview: bool = False,
        existing: Collection[str] = (),
        config: Mapping[str, str] | None = None,
        stack: str = "test",
        made: Mapping[str, Mapping[str, Any]] | None = None,
        machines: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        account: Mapping[str, Mapping[str, Any] | None] | None = None,
        images: Mapping[str, str] | None = None,
    ) -> Deployment:
        deployment = Deployment(
            *(preview, made or {}, existing, machines or {}, parameters or {}),
            account=account,
            images=images or {},
        )
        with untraced():
            run_program(deployment, program, config or {}, project="dualstack", stack=stack)
        return deployment

    return run


@pytest.fixture(scope="session")
def refused() -> Callable[..., list[str]]:
    """Runs a program that must end in an error for people, with nothing made; the lines of the error."""

    def run(
        program: Callable[[], Any],
        *,
        config: Mapping[str, str] | None = None,
        stack: str = "test",
        machines: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        account: Mapping[str, Mapping[str, Any] | None] | None = None,
    ) -> list[str]:
        deployment = Deployment(
            machines=machines or {}, parameters=parameters or {}, account=account
        )
        with untraced(), pytest.raises(pulumi.RunError) as error:
            run_program(deployment, program, config or {}, project="dualstack", stack=stack)
        assert deployment.resources == {}
        return [line.strip() for line in str(error.value).splitlines()]

    return run
