"""A step to the next minor goes wrong in each way that we know. What the message says then ends it well, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from components.facts.versions import patch_of
from rehearsal import mirror
from rehearsal.machines.machine import Machine
from tests.live.beginnings import kept_up
from tests.live.cluster import Cluster, eventually
from tests.live.pools import changed, refresh, wait_until_settled, workers
from tests.live.test_control_planes import control_planes, wait_until_alone
from tests.live.test_faults import config_map
from tests.live.test_upgrade import WORKERS, at, come_up, identities
from tests.live.versions_seen import api_server_versions, kubelet_versions

FIRST, NEXT = "1.36", "1.37"
NOWHERE = "1.36.99"
"""A patch that nobody has released."""

SNAPSHOTS = "/var/lib/dualstack/snapshots"

pytestmark = pytest.mark.stacks("ipv6first")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A stack of this folder at the first of two minors."""
    with kept_up(request.param, lambda made: come_up(made, FIRST, NEXT)) as made:
        yield made


@pytest.fixture(autouse=True)
def written(cluster: Cluster) -> Iterator[None]:
    """What is written before a fault is there after it."""
    cluster.apply(config_map("written", before="the fault"))
    yield
    found = eventually(lambda: cluster.get("configmap", "written"))
    assert found["data"] == {"before": "the fault"}


def test_a_patch_that_does_not_exist_is_said_and_the_one_of_before_ends_it_well(cluster):
    before = identities(cluster)

    with at(cluster, NOWHERE).begin("live") as run:
        assert run.end() == 1
    said = " ".join(run.said.split())
    with at(cluster, FIRST).begin("live") as again:
        again.succeed()

    assert "cannot fetch" in said
    assert f"v{NOWHERE}" in said
    assert "Workers and add-ons stay as they are" in said
    assert identities(cluster) == before
    assert set(api_server_versions(cluster).values()) == {patch_of(FIRST)}
    for instance in control_planes(cluster):
        document = cluster.machine(instance).run("cat", "/etc/dualstack/kubeadm/init.yaml")
        assert f"v{patch_of(FIRST)}" in document


def test_an_upgrade_goes_on_by_itself_after_a_full_disk_a_killed_up_and_a_power_cut(cluster):
    before = identities(cluster)
    first = cluster.machine(control_planes(cluster)[0])

    with without_room(first):
        with at(cluster, NEXT).begin("live") as run:
            assert eventually(lambda: "no room for a snapshot of etcd" in words(cluster, first))
            run.kill()
        assert set(api_server_versions(cluster).values()) == {patch_of(FIRST)}
    # Here kubeadm writes what the cluster keeps of itself, by `kubeadm upgrade apply`.
    assert eventually(lambda: "writes into the cluster" in words(cluster, first), pause=0.2)
    first.stop()
    # AWS is told of it first; a start before that would not be one.
    assert eventually(lambda: not first.was_on.exists())
    cluster.aws("ec2").start_instances(InstanceIds=[first.instance])

    second = cluster.machine(control_planes(cluster)[1])
    assert eventually(lambda: "restarts etcd and the API server" in words(cluster, second))
    assert identities(cluster) == before


def test_a_control_plane_that_is_terminated_in_between_is_made_again_at_the_new_version(cluster):
    *staying, lost = control_planes(cluster)
    name = f"{cluster.name}-control-plane-{number_of(cluster, lost)}"
    before = identities(cluster)
    assert set(kubelet_versions(cluster).values()) == {patch_of(FIRST)}

    cluster.aws("ec2").terminate_instances(InstanceIds=[lost])
    with at(cluster, NEXT).begin("live", "--replace", name) as run:
        run.succeed()
    wait_until_alone(cluster, len(before))
    wait_until_settled(cluster, WORKERS)

    assert lost not in control_planes(cluster)
    now = identities(cluster)
    assert {one: now[one] for one in staying} == {one: before[one] for one in staying}
    assert set(api_server_versions(cluster).values()) == {patch_of(NEXT)}
    assert set(kubelet_versions(cluster).values()) == {patch_of(NEXT)}


def test_machines_of_a_pool_that_cannot_download_replace_nobody_until_they_can(cluster):
    before, last = workers(cluster), refresh(cluster)["InstanceRefreshId"]
    asked = changed(at(cluster, NEXT), labels={"example.com/downloads": "nothing"})

    with asked.begin("live") as run:
        assert eventually(lambda: refresh(cluster)["InstanceRefreshId"] != last, pause=0.2)
        # The server of releases is there again with the next `live`.
        mirror.stop(cluster.state)
        assert run.end() == 1
    assert before <= workers(cluster)
    with asked.begin("live") as again:
        again.succeed()
    wait_until_settled(cluster, WORKERS)

    assert "cannot fetch" in run.said
    assert workers(cluster).isdisjoint(before)


@contextmanager
def without_room(machine: Machine) -> Iterator[None]:
    """Let the folder of snapshots be on a disk that is too small for one, until the block ends."""
    machine.run("mkdir", "--parents", SNAPSHOTS)
    machine.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", SNAPSHOTS)
    try:
        yield
    finally:
        machine.run("umount", SNAPSHOTS)


def words(cluster: Cluster, machine: Machine) -> str:
    """What a machine says of itself."""
    return cluster.parameters("status").get(machine.instance, "")


def number_of(cluster: Cluster, instance: str) -> int:
    """The number in the name of a control plane."""
    tags = {tag["Key"]: tag["Value"] for tag in cluster.instances()[instance]["Tags"]}
    return int(tags["Name"].rpartition("-")[2])
