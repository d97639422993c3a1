"""Another version of a stack whose control planes follow, on the real engine. No machine runs here: the tests say its words."""

from types import SimpleNamespace

import pytest
from pulumi.automation import OpType

from components import arrival
from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import Run, configuration

REGION = "eu-west-1"
PLAN = "/dualstack/dev/control-plane/plan/1"


@pytest.fixture(scope="module")
def seen(life, client):
    """What became of a stack when its control planes had said what they reached."""
    stack = life("upgraded", configuration("dev"))
    ssm = client("ssm", REGION)

    def say_reached(version: str) -> None:
        digest = ssm.get_parameter(Name=PLAN)["Parameter"]["Value"].partition(" ")[0]
        ssm.put_parameter(
            Name="/dualstack/dev/join/reached",
            Value=f"{digest} {version}",
            Type="String",
            Overwrite=True,
        )

    found = SimpleNamespace()
    minor = stack.config["dualstack:cluster"]["kubernetesVersion"]
    stack.run("up")
    say_reached("1.36.5")
    found.again = stack.run("up")
    stack.section("cluster")["kubernetesVersion"] = "1.37"
    found.preview = stack.run("preview")
    [planes] = client("ec2", REGION).describe_instances(
        Filters=[
            {"Name": "tag:Name", "Values": ["dev-control-plane-0"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )["Reservations"]
    ssm.put_parameter(
        Name=f"/dualstack/dev/status/{planes['Instances'][0]['InstanceId']}",
        Value="joined; upgrade to 1.37.2 failed: no space left",
        Type="String",
        Overwrite=True,
    )
    found.failed = Run()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrival, "FAILED_SECONDS", 0)
        with pytest.raises(RunFailedError):
            stack.engine.up(found.failed.on_event)
    say_reached("1.37.2")
    found.arrived = stack.run("up")
    stack.section("cluster")["kubernetesVersion"] = "1.35"
    found.back = Run()
    with pytest.raises(RunFailedError):
        stack.engine.preview(found.back.on_event)
    stack.section("cluster")["kubernetesVersion"] = minor
    stack.run("down")
    return found


def test_a_run_after_all_have_arrived_changes_nothing(seen):
    assert seen.again[OpType.UPDATE] == set()
    assert seen.again[OpType.CREATE] == set()


def test_the_next_minor_changes_the_plan_and_the_pools_and_no_control_plane(seen):
    assert "Parameter dev-control-plane-plan-1" in seen.preview[OpType.UPDATE]
    assert "Instance dev-control-plane-0" not in seen.preview[OpType.UPDATE]


def templates(changed: set[str]) -> list[str]:
    return sorted(name for name in changed if name.startswith("LaunchTemplate "))


def test_workers_stay_as_they_are_while_a_control_plane_fails(seen):
    assert templates(seen.preview[OpType.UPDATE]) == ["LaunchTemplate dev-general"]
    assert "Parameter dev-control-plane-plan-1" in seen.failed[OpType.UPDATE]
    assert templates(seen.failed[OpType.UPDATE]) == []
    [failure] = [text for text in seen.failed.progress.failures if "no space left" in text]
    assert "Workers and add-ons stay as they are" in failure


def test_workers_follow_once_all_have_arrived(seen):
    assert templates(seen.arrived[OpType.UPDATE]) == ["LaunchTemplate dev-general"]


def test_an_earlier_minor_is_refused_with_the_way_back(seen):
    [failure] = seen.back.progress.failures

    assert "go back to a snapshot of etcd that 1.35 has written" in failure
