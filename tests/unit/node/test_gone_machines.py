"""The statuses of machines: those whose machine is gone are removed, and no other."""

import pytest

from tests.unit.node.conftest import Cluster


def report(cluster: Cluster, *names: str) -> None:
    """Write statuses as machines do."""
    for name in names:
        cluster.ssm.put_parameter(
            Name=f"/dualstack/{cluster.name}/status/{name}", Value="joined", Type="String"
        )


def reported(cluster: Cluster) -> set[str]:
    """The machines that have a status."""
    pages = cluster.ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"/dualstack/{cluster.name}/status"
    )
    return {found["Name"].rsplit("/", 1)[1] for page in pages for found in page["Parameters"]}


def test_the_statuses_of_machines_that_are_gone_are_removed(cluster: Cluster):
    control_plane, worker, terminated = cluster.control_plane(), cluster.worker(), cluster.worker()
    cluster.terminate(terminated)
    # More than fit in one answer of SSM, of machines that EC2 has forgotten.
    forgotten = [f"i-{number:017x}" for number in range(25)]
    living = {control_plane.instance, worker.instance}
    report(cluster, *living, terminated.instance, *forgotten)

    ended = control_plane.run("gone_machines.py")

    assert ended.returncode == 0, ended.stdout
    assert reported(cluster) == living
    assert ended.stdout == "forgot 26 of 28 machines\n"


def test_a_stopped_machine_keeps_its_status(cluster: Cluster):
    control_plane, stopped = cluster.control_plane(), cluster.worker()
    cluster.ec2.stop_instances(InstanceIds=[stopped.instance])
    report(cluster, stopped.instance)

    control_plane.run("gone_machines.py")

    assert reported(cluster) == {stopped.instance}


def test_nothing_is_removed_on_the_word_of_an_ec2_that_does_not_know_the_asking_machine(
    cluster: Cluster,
):
    control_plane, terminated = cluster.control_plane(), cluster.worker()
    cluster.terminate(control_plane)
    cluster.terminate(terminated)
    report(cluster, terminated.instance)

    ended = control_plane.run("gone_machines.py")

    assert ended.returncode == 0, ended.stdout
    assert reported(cluster) == {terminated.instance}


@pytest.mark.parametrize("name", ["operators-note", "i-1"])
def test_what_is_no_machines_status_is_left_alone(cluster: Cluster, name: str):
    control_plane = cluster.control_plane()
    report(cluster, name)

    control_plane.run("gone_machines.py")

    assert reported(cluster) == {name}
