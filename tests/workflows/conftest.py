"""An account that jobs may use, what is outside of their runner, and a team's repository on each forge."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.builds.golang import built
from rehearsal.builds.pulumi import WHOLE
from rehearsal.cloud import stop_cloud
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from tests.workflows import forge, outside
from tests.workflows.account import Account
from tests.workflows.team import Outside, Repository, clone, own

# They run for half an hour: only `make ci` asks for them.
collect_ignore_glob = [] if os.environ.get("DUALSTACK_WORKFLOWS") else ["test_git*.py"]


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    state = State(tmp_path_factory.mktemp("account"))
    programs = tmp_path_factory.mktemp("bin")
    (programs / "pulumi").symlink_to(built(WHOLE))
    with rehearsed(state) as variables:
        variables["PATH"] = f"{programs}:{variables['PATH']}"
        yield Account(variables)
    # The stacks are left where they are, with the process that plays AWS.
    stop_cloud(state)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, account: Account) -> Iterator[Outside]:
    """The forge, and the hosts that are called by their own names."""
    kept = forge.Forge()
    own_server = forge.start(kept)
    address = f"http://127.0.0.1:{own_server.server_address[1]}"
    certificate = tmp_path_factory.mktemp("outside") / "hosts.pem"
    players = {outside.API: address, outside.STS: account.variables["AWS_ENDPOINT_URL"]}
    server = outside.start(players, certificate)
    proxy = f"http://127.0.0.1:{server.server_address[1]}"
    (certificate.parent / ".curlrc").write_text(f'proxy = "{proxy}"\ncacert = "{certificate}"\n')
    yield Outside(kept, f"{address}/token", proxy, certificate)
    server.shutdown()
    own_server.shutdown()


@pytest.fixture(scope="session")
def repository(
    tmp_path_factory: pytest.TempPathFactory, account: Account, played: Outside
) -> Repository:
    """A clone for GitHub, whose owner has deployed ci/account and made its stacks, as docs/how-to/run-in-ci.md says."""
    made = Repository(new_folder(tmp_path_factory), account, played)
    made.git("remote", "add", "origin", f"https://github.com/{forge.REPOSITORY}.git")
    own(made, "github", "eu-west-1")
    return made


@pytest.fixture(scope="session")
def on_gitlab(
    tmp_path_factory: pytest.TempPathFactory, account: Account, played: Outside
) -> Repository:
    """The same for GitLab. Its clusters have the same names, in another region."""
    made = Repository(new_folder(tmp_path_factory), account, played)
    made.git("remote", "add", "origin", f"git@gitlab.com:{forge.REPOSITORY}.git")
    own(made, "gitlab", "eu-central-1")
    return made


def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in a folder of its own."""
    folder = tmp_path_factory.mktemp("team") / "platform"
    clone(folder)
    return folder
