"""What machines wrote into SSM: the last control plane removes it when a destroy terminates it, and nobody else ever does."""

import pytest

from tests.unit.node.conftest import Cluster
from tests.unit.node.machine import Machine
from tests.unit.node.scaling import Scaling

MARKERS = ("leader/0123456789abcdef", "leader/0123456789abcdef-done")
OF_PULUMI = "join/api-host"


@pytest.fixture
def last(cluster: Cluster, groups: Scaling) -> Machine:
    """The only control plane of a cluster with a worker, which EC2 is about to terminate in a destroy."""
    made, worker = control_plane(cluster, groups), cluster.worker()
    groups.states[worker.instance] = ("prod-general", "InService")
    own(cluster, worker)
    for name in (*MARKERS, "join/reached", f"status/{made.instance}", f"status/{worker.instance}"):
        cluster.put(f"/dualstack/{cluster.name}/{name}", made.instance)
    return made


def control_plane(cluster: Cluster, groups: Scaling) -> Machine:
    made = cluster.control_plane()
    made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
    own(cluster, made)
    return made


def own(cluster: Cluster, machine: Machine) -> None:
    """Tag an instance as the cluster's."""
    tag = {"Key": f"kubernetes.io/cluster/{cluster.name}", "Value": "owned"}
    cluster.ec2.create_tags(Resources=[machine.instance], Tags=[tag])


def left(cluster: Cluster) -> set[str]:
    """The names of what machines wrote, below the cluster's folder."""
    root = f"/dualstack/{cluster.name}/"
    pages = cluster.ssm.get_paginator("get_parameters_by_path").paginate(Path=root, Recursive=True)
    names = {one["Name"].removeprefix(root) for page in pages for one in page["Parameters"]}
    return {name for name in names if name.startswith(("leader/", "status/", "join/reached"))}


@pytest.fixture
def ending(aws_backend, cluster: Cluster):
    """Says that EC2 is in the middle of an instance's termination, or of a stop."""

    def ends(machine: Machine, state: str = "shutting-down", code: int = 32) -> None:
        instance = aws_backend.get_instance(machine.instance)
        instance._state.name, instance._state.code = state, code

    return ends


def test_the_last_control_plane_of_a_destroy_leaves_nothing(
    cluster: Cluster, last: Machine, ending
):
    ending(last)

    ended = last.run("gone_cluster.py")

    assert ended.returncode == 0, ended.stdout
    assert left(cluster) == set()
    assert cluster.parameter(f"/dualstack/{cluster.name}/{OF_PULUMI}") == "localhost"


def test_while_another_control_plane_may_serve_the_cluster_nothing_is_removed(
    cluster: Cluster, last: Machine, groups: Scaling, ending
):
    other = control_plane(cluster, groups)
    before = left(cluster)
    ending(last)

    ended = last.run("gone_cluster.py")

    assert f"the cluster goes on: {other.instance} may serve it" in ended.stdout
    assert left(cluster) == before


def test_of_control_planes_that_end_together_each_may_be_the_last(
    cluster: Cluster, last: Machine, groups: Scaling, ending
):
    other = control_plane(cluster, groups)
    ending(last)
    ending(other)

    last.run("gone_cluster.py")

    assert left(cluster) == set()


def test_a_control_plane_that_is_replaced_removes_nothing(cluster: Cluster, last: Machine, ending):
    cluster.put(f"/dualstack/{cluster.name}/running/present", "a stack holds this cluster")
    before = left(cluster)
    ending(last)

    ended = last.run("gone_cluster.py")

    assert "the cluster goes on: the stack holds it" in ended.stdout
    assert left(cluster) == before


@pytest.mark.parametrize(("state", "code"), [("running", 16), ("stopping", 64)])
def test_a_machine_that_comes_back_removes_nothing(
    cluster: Cluster, last: Machine, ending, state: str, code: int
):
    before = left(cluster)
    ending(last, state, code)

    ended = last.run("gone_cluster.py")

    assert "the cluster goes on: EC2 does not terminate this machine" in ended.stdout
    assert left(cluster) == before
