"""etcd's members: those whose machine is gone are removed, and no other."""

import json

import pytest

from tests.unit.node.conftest import Cluster
from tests.unit.node.etcd import Etcd, member
from tests.unit.node.machine import Machine


@pytest.fixture
def machine(etcd_member: Machine) -> Machine:
    return etcd_member


@pytest.mark.parametrize("domain", ["", ".eu-west-1.compute.internal", ".ec2.internal"])
def test_the_member_of_a_terminated_machine_is_removed_and_its_node_with_it(
    cluster: Cluster, machine: Machine, etcd: Etcd, domain: str
):
    alive, gone = cluster.control_plane(), cluster.control_plane()
    name = gone.instance + domain
    etcd.members += [member(alive, "2"), {"ID": "18446744073709551615", "name": name}]
    cluster.terminate(gone)

    ended = machine.run("etcd_members.py")

    assert ended.returncode == 0, ended.stdout
    assert etcd.removed == ["18446744073709551615"]
    assert f"removing etcd member {name}: its machine is gone" in ended.stdout
    assert machine.calls("kubectl")[0]["arguments"] == [
        *("delete", "node", name, "--ignore-not-found", "--wait=false"),
        "--kubeconfig=/etc/kubernetes/admin.conf",
    ]


def test_a_node_that_cannot_be_deleted_is_tried_again(
    cluster: Cluster, machine: Machine, etcd: Etcd
):
    gone = cluster.control_plane()
    etcd.members.append(member(gone, "2"))
    cluster.terminate(gone)
    machine.arrange("kubectl delete", {"exit": 1, "says": "the server is unavailable"})

    first = machine.run("etcd_members.py")
    between = list(etcd.removed)
    second = machine.run("etcd_members.py")

    assert (first.returncode, between) == (1, [])
    assert (second.returncode, etcd.removed) == (0, ["2"])
    assert [call["arguments"][2] for call in machine.calls("kubectl")] == [gone.instance] * 2


def test_of_two_that_are_gone_one_is_removed_at_a_time(
    cluster: Cluster, machine: Machine, etcd: Etcd
):
    gone = [cluster.control_plane(), cluster.control_plane()]
    etcd.members += [member(gone[0], "2"), member(gone[1], "3")]
    for each in gone:
        cluster.terminate(each)

    machine.run("etcd_members.py")

    assert etcd.removed == ["2"]


def test_the_member_of_a_stopped_machine_stays(cluster: Cluster, machine: Machine, etcd: Etcd):
    stopped = cluster.control_plane()
    etcd.members.append(member(stopped, "2"))
    cluster.ec2.stop_instances(InstanceIds=[stopped.instance])

    ended = machine.run("etcd_members.py")

    assert ended.returncode == 0, ended.stdout
    assert etcd.removed == []


@pytest.mark.parametrize("name", ["backup-node", "i-0123456789abcdef0-copy", "i-0123"])
def test_a_member_that_is_no_instance_stays(machine: Machine, etcd: Etcd, name: str):
    etcd.members.append({"ID": "2", "name": name})

    machine.run("etcd_members.py")

    assert etcd.removed == []


def test_nothing_is_removed_where_ec2_does_not_know_the_asking_machine(
    machine: Machine, etcd: Etcd
):
    etcd.members = [{"ID": "2", "name": "i-0123456789abcdef0.ec2.internal"}]
    machine.metadata.values["instance-id"] = "i-0fedcba9876543210"

    ended = machine.run("etcd_members.py")

    assert ended.returncode == 0, ended.stdout
    assert etcd.removed == []


def test_a_member_that_joins_just_now_stays_and_one_that_never_started_goes(
    machine: Machine, etcd: Etcd
):
    etcd.members.append({"ID": "7", "peerURLs": ["https://10.0.0.9:2380"]})

    machine.run("etcd_members.py")
    just_now = list(etcd.removed)
    seen = machine.root / "run/dualstack/unstarted-members"
    seen.write_text(json.dumps({"7": json.loads(seen.read_text())["7"] - 1300}))
    machine.run("etcd_members.py")

    assert just_now == []
    assert etcd.removed == ["7"]
    assert machine.calls("kubectl") == []


def test_a_member_that_started_in_time_is_forgotten(machine: Machine, etcd: Etcd):
    etcd.members.append({"ID": "7"})
    machine.run("etcd_members.py")
    etcd.members = etcd.members[:1]

    machine.run("etcd_members.py")

    assert json.loads((machine.root / "run/dualstack/unstarted-members").read_text()) == {}


def test_an_etcd_that_does_not_answer_is_one_line(machine: Machine, etcd: Etcd):
    node = machine.root / "etc/dualstack/node.json"
    node.write_text(node.read_text().replace(str(etcd.port), "9"))

    ended = machine.run("etcd_members.py")

    assert ended.returncode == 1
    assert ended.stdout == "cannot look after etcd's members: [Errno 111] Connection refused\n"


def test_an_etcd_that_refuses_says_so(machine: Machine, etcd: Etcd):
    node = machine.root / "etc/dualstack/node.json"
    node.write_text(node.read_text().replace('"v3"', '"v9"'))

    ended = machine.run("etcd_members.py")

    assert ended.returncode == 1
    assert ended.stdout == (
        'cannot look after etcd\'s members: etcd\'s cluster/member/list says 404: {"message": "Not Found"}\n'
    )
