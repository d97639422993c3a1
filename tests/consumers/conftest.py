"""The rehearsal for programs of other teams, in all languages."""

import os
from collections.abc import Callable, Iterator

import pytest

from rehearsal.cloud import stop_cloud
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from tests.consumers.programs import TypeScript, Yaml, like_checkout

# They build a language host and take packages of npm: only `make test-package` asks for them.
collect_ignore_glob = [] if os.environ.get("DUALSTACK_PACKAGE") else ["test_*.py"]


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a shell in which `pulumi` runs on a rehearsal of its own."""
    state = State(tmp_path_factory.mktemp("state"))
    with rehearsed(state) as found:
        yield found
    # Its stacks still have resources, so the cloud would stay.
    stop_cloud(state)


@pytest.fixture(scope="session")
def yaml_program(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]
) -> Callable[[], Yaml]:
    """A folder for a program in YAML."""
    return lambda: Yaml(tmp_path_factory.mktemp("yaml"), variables)


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> TypeScript:
    """The project of the pool in TypeScript, with its packages."""
    root = like_checkout(tmp_path_factory.mktemp("typescript"))
    program = TypeScript(root / "examples/pool/typescript", variables)
    program.install()
    program.begin()
    return program
