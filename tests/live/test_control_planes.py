"""Control planes are replaced and counted while the API and a Service are asked: nothing is lost, and nobody is left behind."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually
from tests.live.under_probe import Figures, serve, under_probe


@pytest.fixture(scope="module", autouse=True)
def served(cluster: Cluster) -> None:
    serve(cluster)


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """A worker, from whose network Services are asked: no test of these ends it."""
    return cluster.machine(cluster.nodes("worker")[0])


@pytest.mark.stacks("ipv4first")
def test_the_only_control_plane_is_replaced(cluster, asked_from):
    [before] = control_planes(cluster)

    with under_probe(cluster, "the only control plane is replaced", asked_from) as figures:
        with cluster.begin("live", "--replace", "ipv4first-control-plane-0") as run:
            run.succeed()
        eventually(lambda: before not in cluster.etcd_members())
        wait_until_alone(cluster, 1)

    assert before not in control_planes(cluster)
    nothing_lost(figures)


@pytest.mark.stacks("ipv4first")
def test_one_control_plane_becomes_three_and_one_again(cluster, asked_from):
    [first] = control_planes(cluster)

    with under_probe(cluster, "one control plane becomes three", asked_from) as more:
        with changed(cluster, count=3).begin("live") as run:
            run.succeed()
        wait_until_alone(cluster, 3)
    with under_probe(cluster, "three control planes become one", asked_from) as fewer:
        with cluster.begin("live") as run:
            run.succeed()
        wait_until_alone(cluster, 1)

    assert control_planes(cluster) == [first]
    nothing_lost(more)
    nothing_lost(fewer)


@pytest.mark.stacks("ipv6first")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_of_three_control_planes_is_replaced(cluster, asked_from, number):
    before = control_planes(cluster)

    with under_probe(cluster, f"control plane {number} is replaced", asked_from) as figures:
        with cluster.begin("live", "--replace", f"ipv6first-control-plane-{number}") as run:
            run.succeed()
        wait_until_alone(cluster, 3)

    assert len(set(control_planes(cluster)) & set(before)) == 2
    nothing_lost(figures)


@pytest.mark.stacks("ipv6first")
def test_three_control_planes_get_another_type_although_up_is_killed_between(cluster, asked_from):
    before, re_typed = control_planes(cluster), changed(cluster, instanceType="m6i.xlarge")

    with under_probe(cluster, "three control planes get another type", asked_from) as figures:
        with re_typed.begin("live") as first:
            eventually(lambda: not first.runs or len(running_control_planes(cluster)) > 3)
            assert first.runs, "it was over before a machine was replaced"
            first.kill()
        with re_typed.begin("live") as second:
            second.succeed()
        wait_until_alone(cluster, 3)

    after = control_planes(cluster)
    assert not set(after) & set(before)
    assert {cluster.instances()[one]["InstanceType"] for one in after} == {"m6i.xlarge"}
    nothing_lost(figures)


def changed(cluster: Cluster, **settings: Any) -> Cluster:
    """The cluster with other settings of its control planes."""
    content = yaml.safe_load(cluster.config.read_text())
    content["config"]["dualstack:controlPlane"].update(settings)
    file = cluster.folder / "control-planes" / cluster.config.name
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(content))
    return replace(cluster, config=file)


def control_planes(cluster: Cluster) -> list[str]:
    return sorted(cluster.machine(node).instance for node in cluster.nodes("control plane"))


def running_control_planes(cluster: Cluster) -> list[str]:
    """The control planes that EC2 has, whatever the cluster says."""
    return sorted(
        instance
        for instance, told in cluster.instances().items()
        if told["State"]["Name"] in ("pending", "running", "shutting-down")
        and any(f"{cluster.name}-control-plane-" in tag["Value"] for tag in told["Tags"])
    )


def wait_until_alone(cluster: Cluster, count: int) -> None:
    """Wait until so many control planes are all: in EC2, in etcd and as Ready Nodes."""

    def alone() -> bool:
        found = control_planes(cluster)
        workers = len(cluster.nodes("worker"))
        return (
            len(found) == count
            and found == cluster.etcd_members() == running_control_planes(cluster)
            and cluster.all_ready(count + workers)
        )

    assert eventually(alone), (control_planes(cluster), cluster.etcd_members())


def nothing_lost(figures: Figures) -> None:
    """A balancer needs a moment to see that a target is gone; what was confirmed is there."""
    assert figures.failures("Service") == []
    assert figures.lost == []
