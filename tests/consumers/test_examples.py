"""The examples in every language, run by plain `pulumi`: each comes up, stays as it is, and leaves nothing."""

from types import SimpleNamespace

import pytest

from rehearsal.plugins.stand_in import ENDPOINT
from tests.consumers.programs import EXAMPLES, REGION, Program, like_checkout
from tests.engine.conftest import clients
from tests.engine.inventory import counted, inventory

# Nothing here answers as the API of a cluster, so its add-ons stay off.
WITHOUT_ADDONS = {"addons": "false"}

MADE = {
    "network": ({}, {"Subnets": 4, "NatGateways": 1}),
    "pool": ({}, {"Subnets": 4, "AutoScalingGroups": 1}),
    "cluster": (WITHOUT_ADDONS, {"AutoScalingGroups": 1, "Instances": 5}),
    "gitops": ({}, {"AutoScalingGroups": 1, "Instances": 5}),
}
"""The configuration of each example, and some of what AWS has afterwards."""

PROGRAMS = [
    *(
        f"{example}/{language}"
        for example in ("network", "pool", "cluster")
        for language in ("python", "typescript", "yaml", "go")
    ),
    "gitops",
]


def test_each_example_is_in_each_language():
    found = {
        path.parent.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/*/Pulumi.yaml")
    }

    assert found - {"existing-vpc/network"} == {name for name in PROGRAMS if "/" in name}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The examples, where what they write does no harm."""
    return like_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module", params=PROGRAMS)
def seen(request, root, variables):
    """One example: brought up, previewed, taken down; and what AWS had each time."""
    config, expected = MADE[request.param.partition("/")[0]]
    # Python finds the package where a user has it installed.
    program = Program(
        root / "examples" / request.param, variables | {"PYTHONPATH": str(root / "installed")}
    )
    client = clients(variables[ENDPOINT])
    found = SimpleNamespace(expected=expected, before=inventory(client, REGION))
    if not (program.folder / "requirements.txt").exists():
        program.install()
    program.begin(**config)
    found.up = program.pulumi("up", "--yes", "--skip-preview")
    found.during = inventory(client, REGION)
    found.again = program.pulumi("preview", "--expect-no-changes")
    found.down = program.pulumi("destroy", "--yes", "--skip-preview")
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
