"""The rehearsal, with language hosts that a user's command line has and ours has not."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rehearsal.builds.golang import built
from rehearsal.builds.pulumi_yaml import PULUMI_YAML
from rehearsal.cloud import stop_cloud
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from tests.consumers.programs import TypeScript, Yaml, typescript

# They build a language host and take packages of npm: only `make test-package` asks for them.
collect_ignore_glob = [] if os.environ.get("DUALSTACK_PACKAGE") else ["test_*.py"]


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a shell in which `pulumi` runs on a rehearsal of its own."""
    hosts = tmp_path_factory.mktemp("hosts")
    (hosts / PULUMI_YAML.name).symlink_to(built(PULUMI_YAML))
    state = State(tmp_path_factory.mktemp("state"))
    with rehearsed(state) as found:
        yield found | {"PATH": os.pathsep.join([str(hosts), found["PATH"]])}
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
    """The packages of a program in TypeScript."""
    folder: Path = tmp_path_factory.mktemp("typescript")
    return typescript(folder, folder / "project", variables)
