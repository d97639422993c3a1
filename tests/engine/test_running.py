"""Dangerous changes of a stack that runs, on the real engine: each ends in a clear answer before anything is changed."""

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import OpType

from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import Run, configuration
from tests.engine.inventory import inventory

REGION = "eu-west-1"

CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a newer minor": ("cluster", {"kubernetesVersion": "1.37"}),
    "an older minor": ("cluster", {"kubernetesVersion": "1.35"}),
    "an order of families": ("cluster", {"ipFamilies": ["IPv6", "IPv4"]}),
    "a network plugin": ("cluster", {"cni": "calico"}),
    "a range of Services": ("services", {"ipv4Range": "10.97.0.0/16"}),
    "a range of pods": ("pods", {"ipv6Range": "fd12:3456:789a:100::/56"}),
    "the range of the VPC": ("network", {"ipv4Range": "10.8.0.0/16"}),
    "a proxy mode": ("kubeadm", {"proxyMode": "ipvs"}),
    "a scheme": ("api", {"scheme": "internal"}),
}
"""Changes of dev that no running cluster can follow: the section, and what is written there."""


@pytest.fixture(scope="module")
def seen(life, client):
    """A stack that runs, and what became of each thing that was asked of it."""
    stack = life("running", configuration("dev"))
    found = SimpleNamespace(changes={}, again={})

    def attempt(action: str = "up", **how: Any) -> Run:
        run = Run()
        with pytest.raises(RunFailedError):
            getattr(stack.engine, action)(run.on_event, **how)
        return run

    def terminate(*names: str) -> None:
        ec2 = client("ec2", REGION)
        wanted = [{"Name": "tag:Name", "Values": [*names]}]
        pages = ec2.describe_instances(Filters=wanted)["Reservations"]
        ec2.terminate_instances(InstanceIds=[page["Instances"][0]["InstanceId"] for page in pages])

    before = inventory(client, REGION)
    stack.run("up")
    found.made = inventory(client, REGION)
    for name, (section, change) in CHANGES.items():
        kept = stack.config.get(f"dualstack:{section}")
        stack.config[f"dualstack:{section}"] = {**(kept or {}), **change}
        found.changes[name] = attempt("preview"), attempt("up")
        stack.config[f"dualstack:{section}"] = kept or {}
    found.after_changes = inventory(client, REGION)

    stack.section("controlPlane")["instanceType"] = "m6i.large"
    found.another_type = stack.run("up")
    del stack.section("controlPlane")["instanceType"]
    found.only = attempt(replace=["dev-control-plane-0"])
    found.after_only = inventory(client, REGION)

    terminate("dev-control-plane-0")
    engine = stack.engine
    found.lost = Run()
    with engine._session() as (automated, _):
        engine._run(automated.up, found.lost.on_event, refresh=True)

    stack.section("controlPlane")["count"] = 3
    found.three = stack.run("up")
    found.after_three = inventory(client, REGION)
    stack.section("controlPlane")["count"] = 1
    found.fewer = attempt()
    found.after_fewer = inventory(client, REGION)
    stack.section("controlPlane")["count"] = 3
    found.two_at_once = attempt(replace=["dev-control-plane-1", "dev-control-plane-2"])
    terminate("dev-control-plane-1", "dev-control-plane-2")
    stack.section("controlPlane")["count"] = 1
    found.one = stack.run("up")

    stack.run("down")
    found.left = inventory(client, REGION) - before
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_cannot_be_followed_ends_in_one_fault_in_previews_and_in_up(seen, name):
    section, change = CHANGES[name]
    [field] = change

    for run in seen.changes[name]:
        [text] = run.progress.failures
        heading, fault = text.splitlines()
        assert heading == "The configuration has 1 fault; nothing was changed."
        assert fault.strip().startswith(f"{section}.{field}: ")
        assert run.changes == {}


def test_after_all_refused_changes_aws_is_as_it_was(seen):
    assert seen.after_changes == seen.made


def test_another_instance_type_is_told_and_stops_nothing(seen):
    assert "Instance dev-control-plane-0" not in seen.another_type[OpType.UPDATE]
    [warning] = [w for w in seen.another_type.progress.warnings if "instanceType" in w]
    assert warning.startswith("controlPlane.instanceType: dev-control-plane-0 has another type")


def test_the_only_control_plane_is_not_replaced(seen):
    [failure] = seen.only.progress.failures

    assert "dev-control-plane-0 runs, and it is the only control plane" in failure
    assert seen.after_only == seen.made


def test_a_control_plane_that_ec2_has_lost_is_made_again(seen):
    assert "Instance dev-control-plane-0" in seen.lost[OpType.CREATE]


def test_control_planes_are_counted_up_freely(seen):
    assert {"Instance dev-control-plane-1", "Instance dev-control-plane-2"} <= seen.three[
        OpType.CREATE
    ]


def test_control_planes_are_not_counted_down_under_etcd(seen):
    [failure] = seen.fewer.progress.failures

    assert "controlPlane.count: dev-control-plane-0, dev-control-plane-1" in failure
    assert seen.after_fewer == seen.after_three


def test_of_two_control_planes_to_be_replaced_at_once_one_stays(seen):
    [failure] = seen.two_at_once.progress.failures

    assert "would be replaced at once" in failure
    replaced = seen.two_at_once[OpType.CREATE_REPLACEMENT]
    assert len([name for name in replaced if name.startswith("Instance")]) <= 1


def test_machines_that_ended_one_at_a_time_are_counted_down(seen):
    assert {"Instance dev-control-plane-1", "Instance dev-control-plane-2"} <= seen.one[
        OpType.DELETE
    ]


def test_the_record_goes_with_the_stack(seen):
    assert seen.left == set()
