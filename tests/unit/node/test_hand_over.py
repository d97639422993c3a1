"""Handing over: a control plane that EC2 terminates leaves the cluster, and one that is stopped or reboots stays."""

import socket
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from tests.support.patience import wait_until
from tests.unit.node.conftest import REGION, Cluster
from tests.unit.node.etcd import Etcd, member
from tests.unit.node.kubernetes import Kubernetes, let_in, node, pod
from tests.unit.node.machine import Machine


def set_state(machine: Machine, state: str) -> None:
    """Set the state in which EC2 shows an instance. moto's own are never on the way."""
    instance: Any = ec2_backends[DEFAULT_ACCOUNT_ID][REGION].get_instance(machine.instance)
    instance._state.name = state


@pytest.fixture
def leaver(cluster: Cluster, etcd_member: Machine, api: Kubernetes) -> Machine:
    """A control plane that is being terminated. It has joined, runs a pod, and leads etcd."""
    let_in(etcd_member, api, cluster.authority)
    joined = etcd_member.root / "var/lib/dualstack/joined"
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text(f"{etcd_member.instance}\n")
    api.nodes[etcd_member.instance] = node(etcd_member.instance)
    api.pods = [pod("web-1", etcd_member.instance)]
    cluster.put(f"/dualstack/{cluster.name}/status/{etcd_member.instance}", "joined")
    set_state(etcd_member, "shutting-down")
    return etcd_member


def test_a_terminated_control_plane_leaves_in_order(
    cluster: Cluster, leaver: Machine, etcd: Etcd, api: Kubernetes
):
    etcd.members.append(member(cluster.control_plane(), "2"))

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert api.did == ["cordons", "evicts web-1", f"deletes {leaver.instance}"]
    assert (etcd.led, etcd.removed) == (["2"], ["1"])
    assert cluster.status(leaver) is None
    assert "left etcd to one member" in ended.stdout


def test_etcd_is_left_when_the_api_server_serves_no_more(
    cluster: Cluster, leaver: Machine, etcd: Etcd, api: Kubernetes
):
    etcd.members.append(member(cluster.control_plane(), "2"))
    manifest = leaver.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("kind: Pod\n")
    with socket.create_server(("localhost", 0)) as serving:
        leaver.set(apiPort=serving.getsockname()[1])
        process = leaver.start("hand_over.py")
        wait_until(lambda: not manifest.exists())
        serving.accept()[0].close()
        serving.accept()[0].close()
        assert (api.did[-1], etcd.removed) == (f"deletes {leaver.instance}", [])

    assert leaver.end_of(process).returncode == 0
    assert etcd.removed == ["1"]


def test_an_api_server_that_does_not_end_keeps_no_machine_from_leaving(
    cluster: Cluster, leaver: Machine, etcd: Etcd
):
    etcd.members.append(member(cluster.control_plane(), "2"))
    with socket.create_server(("localhost", 0)) as serving:
        leaver.set(apiPort=serving.getsockname()[1])

        ended = leaver.run("hand_over.py")

    assert "the API server still listens after 50 seconds" in ended.stdout
    assert (ended.returncode, etcd.removed) == (0, ["1"])


def test_a_member_that_does_not_lead_hands_on_nothing(
    cluster: Cluster, leaver: Machine, etcd: Etcd
):
    etcd.members += [
        member(cluster.control_plane(), "2"),
        member(cluster.control_plane(), "3"),
    ]
    etcd.leader = "3"

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert (etcd.led, etcd.removed) == ([], ["1"])


def test_leadership_goes_to_a_machine_that_stays(cluster: Cluster, leaver: Machine, etcd: Etcd):
    leaving, staying = cluster.control_plane(), cluster.control_plane()
    etcd.members += [member(leaving, "2"), member(staying, "3")]
    set_state(leaving, "shutting-down")

    leaver.run("hand_over.py")

    assert etcd.led == ["3"]


@pytest.mark.parametrize("state", ["stopping", "running"])
def test_a_machine_that_is_stopped_or_reboots_stays_a_member(
    cluster: Cluster, leaver: Machine, etcd: Etcd, api: Kubernetes, state: str
):
    etcd.members.append(member(cluster.control_plane(), "2"))
    set_state(leaver, state)

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert (etcd.removed, api.did) == ([], [])
    assert ended.stdout == f"this machine stays a member of etcd: EC2 says that it is {state}\n"


def test_the_last_member_stays_with_its_node(leaver: Machine, etcd: Etcd, api: Kubernetes):
    # A learner has not all of the data yet, and a member without a name has not started.
    etcd.members += [
        {"ID": "2", "name": "i-0123456789abcdef0", "isLearner": True},
        {"ID": "3"},
    ]

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert (etcd.removed, api.did) == ([], [])
    assert ended.stdout == "this is the last member of etcd\n"


def test_members_whose_machines_are_gone_are_removed_first(
    cluster: Cluster, leaver: Machine, etcd: Etcd
):
    gone, staying = cluster.control_plane(), cluster.control_plane()
    etcd.members += [member(gone, "2"), member(staying, "3")]
    etcd.dead = {"2"}
    cluster.terminate(gone)

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert etcd.removed == ["2", "1"]


def test_an_etcd_that_would_lose_its_majority_is_asked_until_the_time_is_over(
    cluster: Cluster, leaver: Machine, etcd: Etcd
):
    etcd.members += [
        member(cluster.control_plane(), "2"),
        member(cluster.control_plane(), "3"),
    ]
    etcd.dead = {"2"}

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 1
    assert etcd.removed == []
    # 100 seconds, an attempt each three.
    assert ended.stdout.count("etcd keeps this member for now: etcd's cluster/member/remove") == 34
    assert ended.stdout.splitlines()[-1].startswith(
        "cannot leave, the other control planes remove this machine: "
    )


def test_a_machine_that_never_joined_has_nothing_to_leave(
    cluster: Cluster, leaver: Machine, etcd: Etcd
):
    etcd.members.append(member(cluster.control_plane(), "2"))
    (leaver.root / "var/lib/dualstack/joined").unlink()

    ended = leaver.run("hand_over.py")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert etcd.removed == []


def test_a_budget_holds_a_terminated_machine_for_seconds_alone(
    cluster: Cluster, leaver: Machine, etcd: Etcd, api: Kubernetes
):
    etcd.members.append(member(cluster.control_plane(), "2"))
    api.refusals = {"web-1": 10**6}

    ended = leaver.run("hand_over.py")

    assert ended.returncode == 0, ended.stdout
    assert etcd.removed == ["1"]
    assert 3 <= api.did.count("asks for web-1") <= 5
