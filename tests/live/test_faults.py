"""Faults, and nothing lost: after each the cluster is Ready and holds what was written before."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.cluster import Cluster, eventually, url
from tests.live.outage import cut_off
from tests.support.patience import PATIENCE_SECONDS

STACKS = Path(__file__).parent / "stacks"


@pytest.fixture(autouse=True)
def written(cluster: Cluster) -> Iterator[None]:
    """What is written before a fault is there after it."""
    cluster.apply(config_map("written", before="the fault"))
    yield
    assert eventually(lambda: cluster.get("configmap", "written"))["data"] == {
        "before": "the fault"
    }


def config_map(name: str, **data: str) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_a_worker_that_reboots_comes_back(cluster):
    node, wanted = cluster.nodes("worker")[0]["metadata"]["name"], len(cluster.nodes())
    before = _boot(cluster, node)

    cluster.machine(node).run("systemctl", "reboot")

    assert eventually(lambda: _boot(cluster, node) != before and cluster.all_ready(wanted))


@pytest.mark.stacks("ipv4first")
def test_the_only_control_plane_that_reboots_comes_back(cluster):
    node, wanted = cluster.nodes("control plane")[0]["metadata"]["name"], len(cluster.nodes())
    before = _boot(cluster, node)

    cluster.machine(node).run("systemctl", "reboot")

    assert eventually(lambda: _boot(cluster, node) != before and cluster.all_ready(wanted))


def test_a_zone_that_is_cut_off_takes_no_other_with_it_and_comes_back(cluster):
    wanted, addresses = len(cluster.nodes()), cluster.endpoint()[1]
    zones = {
        instance: told["Placement"]["AvailabilityZone"]
        for instance, told in cluster.instances().items()
        if told["State"]["Name"] == "running"
    }
    first = cluster.machine(cluster.nodes("control plane")[0]).instance
    workers = [cluster.machine(node).instance for node in cluster.nodes("worker")]
    zone = next(zones[worker] for worker in workers if zones[worker] != zones[first])
    inside = {instance for instance, where in zones.items() if where == zone}

    with cut_off(cluster, zone):
        # One address of each family is in that zone.
        answering = eventually(lambda: _answering(addresses, len(addresses) - 2))
        elsewhere = cluster.api_at(answering[0])
        assert eventually(lambda: cluster.unready(elsewhere) == inside)
        elsewhere.run("create", "configmap", f"written-without-{zone}")

    assert eventually(lambda: cluster.all_ready(wanted))
    assert cluster.get("configmap", f"written-without-{zone}")


@pytest.mark.stacks("ipv4first")
def test_a_worker_joins_after_the_first_token_has_expired(cluster):
    wanted = len(cluster.nodes()) + 1
    for secret in cluster.get("secrets", "--namespace=kube-system")["items"]:
        if secret["type"] == "bootstrap.kubernetes.io/token":
            cluster.api.run(
                "delete", "secret", secret["metadata"]["name"], "--namespace=kube-system"
            )
    # What the timer does every six hours.
    cluster.machine(cluster.nodes("control plane")[0]).run(
        "systemctl", "start", "dualstack-token.service", seconds=PATIENCE_SECONDS
    )

    _scale(cluster, +1)

    assert eventually(lambda: cluster.all_ready(wanted))


@pytest.mark.stacks("ipv4first")
def test_a_machine_that_cannot_become_a_node_says_why_and_ends_the_wait(cluster):
    wanted, broken = (
        len(cluster.nodes()),
        Cluster("broken", STACKS / "Pulumi.broken.yaml", cluster.folder),
    )
    try:
        with broken.begin("live") as run:
            assert run.end() == 1
        [(instance, status)] = broken.parameters("status").items()
        journal = broken.machine(instance).run("journalctl", "--unit=dualstack-bootstrap")
    finally:
        broken.begin("down").succeed()
    assert broken.parameters("") == {}

    reason = status.removeprefix("failed, attempt 2: ")
    assert "cannot fetch http://10.255.0.1:8000/" in reason
    assert "v1.36.99" in reason
    assert "The requested URL returned error: 404" in reason
    assert f"bootstrap failed, attempt 2: {reason}" in journal
    assert f"error: broken-control-plane-0 ({instance}) did not become a node: {reason}" in run.said
    assert cluster.all_ready(wanted)


@pytest.mark.stacks("ipv6first")
def test_the_control_plane_that_made_the_cluster_is_destroyed_and_replaced(cluster):
    wanted, [maker] = len(cluster.nodes()), cluster.beginning["made"]
    tags = cluster.instances()[maker]["Tags"]
    name = next(tag["Value"] for tag in tags if tag["Key"] == "Name")
    survivor = next(
        n for n in cluster.nodes("control plane") if cluster.machine(n).instance != maker
    )

    cluster.aws("ec2").terminate_instances(InstanceIds=[maker])
    # What the timer does every minute.
    cluster.machine(survivor).run(
        "systemctl", "start", "dualstack-members.service", seconds=PATIENCE_SECONDS
    )
    with cluster.begin("live", "--replace", name) as run:
        # The verifier at its end may find names that nobody resolves: pods of CoreDNS move from the lost node to others.
        run.end()

    def replaced() -> bool:
        control_planes = sorted(cluster.machine(n).instance for n in cluster.nodes("control plane"))
        return maker not in control_planes and cluster.etcd_members() == control_planes

    assert eventually(lambda: replaced() and cluster.all_ready(wanted))
    assert eventually(lambda: _resolves(cluster))


def _resolves(cluster: Cluster) -> bool:
    """Whether every pod of CoreDNS is on a node that is there."""
    nodes = {node["metadata"]["name"] for node in cluster.nodes()}
    pods = cluster.get("pods", "--namespace=kube-system", "--selector=k8s-app=kube-dns")["items"]
    return {pod["spec"].get("nodeName") for pod in pods} <= nodes and all(
        "True" in {c["status"] for c in pod["status"]["conditions"] if c["type"] == "Ready"}
        for pod in pods
    )


def _boot(cluster: Cluster, node: str) -> str:
    return cluster.get("node", node)["status"]["nodeInfo"]["bootID"]


def _answering(addresses: list[str], wanted: int) -> list[str]:
    """The addresses at which the API answers this host, if they are as many."""
    found = [address for address in addresses if _answers(address)]
    return found if len(found) == wanted else []


def _answers(address: str) -> bool:
    asked = ("curl", "-gsk", "--max-time", "3", url(address, 6443, "/readyz", "https"))
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "ok"


def _scale(cluster: Cluster, by: int) -> None:
    scaling = cluster.aws("autoscaling")
    group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    scaling.set_desired_capacity(
        AutoScalingGroupName=group["AutoScalingGroupName"],
        DesiredCapacity=group["DesiredCapacity"] + by,
    )
