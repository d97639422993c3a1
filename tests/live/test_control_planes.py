"""Control planes are replaced and counted while the API and a Service are asked: nothing is lost, and nobody is left behind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually
from tests.live.outage import alone
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
def test_one_that_is_cut_off_while_it_should_leave_is_removed_by_the_others(cluster, asked_from):
    before = control_planes(cluster)
    leaving = before[-1]
    tags = {tag["Key"]: tag["Value"] for tag in cluster.instances()[leaving]["Tags"]}

    with under_probe(cluster, "one that leaves is cut off", asked_from) as figures:
        with cluster.begin("live", "--replace", tags["Name"]) as run:
            eventually(lambda: not run.runs or len(cluster.etcd_members()) > 3)
            assert run.runs, "it was over before the machine was cut off"
            with alone(cluster, leaving):
                run.succeed()
        wait_until_alone(cluster, 3)

    assert set(before) - set(control_planes(cluster)) == {leaving}
    nothing_lost(figures)


@pytest.mark.stacks("ipv6first")
def test_three_control_planes_become_one_and_three_again_although_up_is_killed_between(
    cluster, asked_from
):
    with under_probe(cluster, "three control planes become one", asked_from) as fewer:
        although_killed(changed(cluster, count=1), lambda: len(cluster.etcd_members()) < 3)
        wait_until_alone(cluster, 1)
    with under_probe(cluster, "one control plane becomes three", asked_from) as more:
        although_killed(cluster, lambda: len(running_control_planes(cluster)) > 1)
        wait_until_alone(cluster, 3)

    nothing_lost(fewer)
    nothing_lost(more)


@pytest.mark.stacks("ipv6first")
def test_three_control_planes_get_another_type_although_up_is_killed_between(cluster, asked_from):
    before, re_typed = control_planes(cluster), changed(cluster, instanceType="m6i.xlarge")

    with under_probe(cluster, "three control planes get another type", asked_from) as figures:
        although_killed(re_typed, lambda: len(running_control_planes(cluster)) > 3)
        wait_until_alone(cluster, 3)

    after = control_planes(cluster)
    assert not set(after) & set(before)
    assert {cluster.instances()[one]["InstanceType"] for one in after} == {"m6i.xlarge"}
    nothing_lost(figures)


def although_killed(wanted: Cluster, when: Callable[[], bool]) -> None:
    """Bring the cluster to its configuration by two runs, of which the first is killed as soon as `when` holds."""
    with wanted.begin("live") as first:
        eventually(lambda: not first.runs or when())
        assert first.runs, "it was over before it could be killed"
        first.kill()
    with wanted.begin("live") as second:
        second.succeed()


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
