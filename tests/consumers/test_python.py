"""The examples in Python, run by plain `pulumi`: each comes up, stays as it is, and leaves nothing."""

import shutil
from types import SimpleNamespace

import pytest

from rehearsal.plugins.stand_in import ENDPOINT
from tests.consumers.programs import CHECKOUT, COMPONENTS, run
from tests.engine.conftest import clients
from tests.engine.inventory import counted, inventory

EXAMPLES = CHECKOUT / "examples"
REGION = "eu-west-1"

CASES = {
    "network/python": ({}, {"Subnets": 4, "NatGateways": 1}),
    "pool/python": ({}, {"Subnets": 4, "AutoScalingGroups": 1}),
    # Nothing here answers as the API of a cluster, so its add-ons stay off.
    "cluster/python": ({"addons": "false"}, {"AutoScalingGroups": 1, "Instances": 5}),
    "gitops": ({}, {"AutoScalingGroups": 1, "Instances": 5}),
}
"""Each example with its configuration, and some of what AWS has afterwards."""


@pytest.fixture(scope="module")
def installed(variables, tmp_path_factory):
    """The environment of `pulumi`, with the package where a user has it installed."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "dualstack").symlink_to(COMPONENTS)
    (folder / "templates").symlink_to(CHECKOUT / "templates")
    return variables | {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module", params=CASES)
def seen(request, installed, tmp_path_factory):
    """One example: brought up, previewed, taken down; and what AWS had each time."""
    config, expected = CASES[request.param]
    folder = tmp_path_factory.mktemp("example") / "program"
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns(".venv"))
    (folder / ".venv").symlink_to(CHECKOUT / ".venv")
    client = clients(installed[ENDPOINT])

    def pulumi(*words):
        return run(["pulumi", *words, "--non-interactive"], folder, installed)

    found = SimpleNamespace(expected=expected, before=inventory(client, REGION))
    pulumi("stack", "init", "example")
    for key, value in {"aws:region": REGION, **config}.items():
        pulumi("config", "set", key, value)
    found.up = pulumi("up", "--yes", "--skip-preview")
    found.during = inventory(client, REGION)
    found.again = pulumi("preview", "--expect-no-changes")
    found.down = pulumi("destroy", "--yes", "--skip-preview")
    found.after = inventory(client, REGION)
    return found


def test_an_example_comes_up(seen):
    assert seen.up.code == 0, seen.up.text
    made = counted(seen.during - seen.before)
    assert {kind: made.get(kind) for kind in seen.expected} == seen.expected


def test_an_example_changes_nothing_from_then_on(seen):
    assert seen.again.code == 0, seen.again.text


def test_an_example_leaves_nothing(seen):
    assert seen.down.code == 0, seen.down.text
    assert seen.after == seen.before
