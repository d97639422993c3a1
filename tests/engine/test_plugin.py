"""The plugin on the real engine: a program in another language meets the same checks of what runs."""

import contextlib
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.automation import OpType

from rehearsal.engine import engine
from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import CHECKOUT, Run

CLUSTER: dict[str, Any] = {
    "region": "eu-west-1",
    "cluster": {"name": "elsewhere", "kubernetesVersion": "1.36"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
    "controlPlane": {"count": 1},
    "addons": {"cni": False, "cloudController": False},
}


class Remote(pulumi.ComponentResource):
    """A cluster that the plugin makes."""

    def __init__(self, args: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("dualstack:index:Cluster", "elsewhere", args, opts, True)


@pytest.fixture(scope="module")
def attached():
    """The port of the plugin in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "tests/engine/attached_plugin.py"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdout
        yield int(host.stdout.readline())
        host.terminate()


@pytest.fixture(scope="module")
def seen(life, attached):
    """A cluster made by the plugin with a provider of the program's own, and what it was then asked."""
    served = engine.served

    @contextlib.contextmanager
    def with_plugin(providers):
        with served(providers) as others:
            yield f"{others},dualstack:{attached}"

    args = {**CLUSTER}

    def program() -> None:
        import pulumi_aws as aws  # as late as a program of a user does

        ireland = aws.Provider("ireland", region="eu-west-1")
        Remote(args, pulumi.ResourceOptions(providers={"aws": ireland}))

    stack = life("elsewhere", {"aws:region": "us-east-1"}, program)
    found = SimpleNamespace(newer=Run(), replaced=Run())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "served", with_plugin)
        found.up = stack.run("up")
        found.again = stack.run("up")
        args["cluster"] = {**CLUSTER["cluster"], "kubernetesVersion": "1.37"}
        with pytest.raises(RunFailedError):
            stack.engine.up(found.newer.on_event)
        args["cluster"] = CLUSTER["cluster"]
        with pytest.raises(RunFailedError):
            stack.engine.up(found.replaced.on_event, replace=["elsewhere-control-plane-0"])
        found.down = stack.run("down")
    return found


def test_a_cluster_is_made_and_a_second_up_changes_nothing(seen):
    assert "Instance elsewhere-control-plane-0" in seen.up[OpType.CREATE]
    assert seen.again.changes == {}


def test_a_fault_is_shown_as_it_is_written(seen):
    [failure] = seen.newer.progress.failures

    assert "Cluster resource 'elsewhere' has a problem: The configuration has 1 fault" in failure
    assert (
        failure.splitlines()[1]
        .strip()
        .startswith(
            '- property cluster.kubernetesVersion with value "1.37" has a problem: '
            "1.37.2 is asked for and the cluster runs 1.36.5; "
        )
    )
    assert seen.newer.changes == {}


def test_the_only_control_plane_is_not_replaced(seen):
    [failure] = seen.replaced.progress.failures

    assert "it is the only control plane" in failure
    assert seen.replaced.changes == {}


def test_a_destroy_needs_no_program(seen):
    assert "Instance elsewhere-control-plane-0" in seen.down[OpType.DELETE]
