"""Workers come and go, and a Service of two pods does not miss one request."""

from collections.abc import Iterator

import pytest

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually
from tests.live.pools import (
    changed,
    end,
    group,
    in_one_zone,
    members,
    refresh,
    resize,
    serving,
    wait_until_settled,
    workers,
    zones,
)
from tests.live.under_probe import SERVED, Figures, serve, under_probe
from tests.live.workload import IMAGE, SLEEP

DRAIN_SECONDS = 60
CHANGED = {
    "labels": {"example.com/changed": "yes"},
    "spot": True,
    "rollout": {"drainSeconds": DRAIN_SECONDS},
}
"""What the first test changes of the pool, and the others find."""

SIZE = 2

STATEFUL = "alone"
"""A pod whose budget lets nobody evict it."""


@pytest.fixture(scope="module", autouse=True)
def served(cluster: Cluster) -> None:
    serve(cluster)


@pytest.fixture(scope="module")
def pool(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster with the changed pool. Later tests have the first one again, so that none of their runs replaces workers."""
    with_change = changed(cluster, **CHANGED)
    if not _is_changed(cluster):
        with with_change.begin("live") as run:
            run.succeed()
    resize(cluster, SIZE)
    wait_until_settled(cluster, SIZE)
    yield with_change
    with cluster.begin("live") as run:
        run.succeed()


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """The control plane, from whose network Services are asked: no test of these ends it."""
    return cluster.machine(cluster.nodes("control plane")[0])


def test_a_changed_label_and_spot_capacity_replace_the_pool(cluster, asked_from):
    before = workers(cluster)

    with under_probe(cluster, "a changed pool is replaced", asked_from) as figures:
        with changed(cluster, **CHANGED).begin("live") as run:
            run.succeed()
        wait_until_settled(cluster, len(before))

    assert workers(cluster).isdisjoint(before)
    assert _is_changed(cluster)
    assert refresh(cluster)["Status"] == "Successful"
    assert not before & set(cluster.parameters("status"))
    _nothing_missed(figures)


def test_a_smaller_pool_moves_the_pods_of_the_machine_that_goes(pool, asked_from):
    resize(pool, SIZE + 1)
    wait_until_settled(pool, SIZE + 1)

    with under_probe(pool, "scale-in", asked_from) as figures:
        resize(pool, SIZE)
        wait_until_settled(pool, SIZE)

    _nothing_missed(figures)


def test_a_spot_machine_leaves_within_its_notice(pool, asked_from):
    leaving = _with_a_pod(pool)

    with under_probe(pool, "a spot notice", asked_from) as figures:
        pool.happens("spot-interruption", instance=leaving)
        assert eventually(lambda: leaving not in serving(pool, SERVED))
        assert eventually(lambda: _has_left_label(pool, leaving))
        # The rest of the notice, in which nothing happens any more.
        pool.skip_beside_machines(120)
        assert eventually(lambda: leaving not in members(pool))
        wait_until_settled(pool, SIZE)

    _nothing_missed(figures)


def test_a_machine_at_risk_is_replaced_before_it_is_interrupted(pool, asked_from):
    leaving = _with_a_pod(pool)

    with under_probe(pool, "a rebalance recommendation", asked_from) as figures:
        pool.happens("rebalance-recommendation", instance=leaving)
        assert eventually(lambda: leaving not in members(pool))
        wait_until_settled(pool, SIZE)

    _nothing_missed(figures)


def test_a_pool_that_is_balanced_between_zones_launches_before_it_ends(pool, asked_from):
    in_one_zone(pool)
    wait_until_settled(pool, SIZE)
    assert len(set(zones(pool).values())) == 1

    with under_probe(pool, "a zone's rebalancing", asked_from) as figures:
        pool.happens("zone-rebalancing", group=group(pool)["AutoScalingGroupName"])
        assert len(eventually(lambda: _more_than(pool, SIZE))) == SIZE + 1
        wait_until_settled(pool, SIZE)

    assert len(set(zones(pool).values())) == SIZE
    _nothing_missed(figures)


def test_a_pod_that_may_not_be_evicted_stays_for_the_drain_time_and_no_longer(pool, asked_from):
    pool.apply(*_alone())
    [leaving] = eventually(lambda: _running(pool, STATEFUL))
    console = pool.machine(leaving)

    with under_probe(pool, "a pod that may not be evicted", asked_from) as figures:
        end(pool, leaving)
        refusal = eventually(lambda: _said(console, "stays for now"))
        over = eventually(lambda: _said(console, "the time is over"))
        assert eventually(lambda: leaving not in members(pool))
        wait_until_settled(pool, SIZE)
    pool.api.run("delete", f"deployment/{STATEFUL}", f"poddisruptionbudget/{STATEFUL}")

    assert f"default/{STATEFUL}-" in refusal
    assert "disruption budget" in refusal
    assert f"these pods have not left: default/{STATEFUL}-" in over
    _nothing_missed(figures)


def test_a_worker_that_hangs_while_it_leaves_is_ended_by_its_hook(pool, asked_from):
    leaving = _with_a_pod(pool)
    pool.machine(leaving).run("systemctl", "kill", "--signal=STOP", "dualstack-leave.service")

    with under_probe(pool, "a worker that hangs while it leaves", asked_from) as figures:
        end(pool, leaving)
        assert eventually(lambda: members(pool).get(leaving) == "Terminating:Wait")
        assert eventually(lambda: list(members(pool).values()).count("InService") == SIZE)
        assert leaving in members(pool)
        pool.skip_beside_machines(DRAIN_SECONDS + 120)
        assert eventually(lambda: leaving not in members(pool))
        wait_until_settled(pool, SIZE)

    assert figures.lost == []


def test_machines_that_cannot_join_replace_nobody(cluster, pool, asked_from):
    before = workers(pool)
    broken = changed(cluster, **CHANGED, preKubeadmCommands=["echo no such disk >&2; exit 1"])

    with under_probe(pool, "a refresh to machines that cannot join", asked_from) as figures:
        with broken.begin("live") as run:
            assert run.end() == 1
        # The hook of each such machine lasts twenty minutes, and the refresh gives up after an hour without progress.
        assert eventually(lambda: _skip_until_over(pool))
        wait_until_settled(pool, SIZE)

    assert "did not become a node" in run.said
    assert workers(pool) == before
    _nothing_missed(figures)

    with changed(cluster, **CHANGED).begin("live") as mended:
        mended.succeed()
    wait_until_settled(pool, SIZE)
    assert _is_changed(pool)
    # Later machines are of the mended settings too.
    resize(pool, SIZE + 1)
    wait_until_settled(pool, SIZE + 1)
    resize(pool, SIZE)
    wait_until_settled(pool, SIZE)


def _nothing_missed(figures: Figures) -> None:
    assert figures.failures("") == []
    assert figures.lost == []


def _is_changed(cluster: Cluster) -> bool:
    [(key, value)] = CHANGED["labels"].items()
    return all(node["metadata"]["labels"].get(key) == value for node in cluster.nodes("worker"))


def _with_a_pod(cluster: Cluster) -> str:
    """A machine on which one of the two pods runs."""
    return min(eventually(lambda: serving(cluster, SERVED)))


def _has_left_label(cluster: Cluster, instance: str) -> bool:
    """Whether a machine has said that it is empty; its Node may be gone already."""
    nodes = {cluster.machine(node).instance: node for node in cluster.nodes("worker")}
    return instance not in nodes or "dualstack/left" in nodes[instance]["metadata"]["labels"]


def _more_than(cluster: Cluster, size: int) -> dict[str, str]:
    found = members(cluster)
    return found if len(found) > size else {}


def _running(cluster: Cluster, app: str) -> list[str]:
    pods = cluster.get("pods", f"--selector=app={app}", "--field-selector=status.phase=Running")
    return [cluster.machine(pod["spec"]["nodeName"]).instance for pod in pods["items"]]


def _said(machine: Machine, words: str) -> str:
    """The line of the leaving program that holds these words."""
    journal = machine.run("journalctl", "--unit=dualstack-leave", "--output=cat")
    return next((line for line in journal.splitlines() if words in line), "")


def _skip_until_over(cluster: Cluster) -> bool:
    cluster.skip_beside_machines(600)
    status = refresh(cluster)["Status"]
    assert status != "Successful"
    return status in ("Failed", "RollbackSuccessful", "RollbackFailed")


def _alone() -> list[dict]:
    """One pod, and a budget that asks for one."""
    selector = {"matchLabels": {"app": STATEFUL}}
    container = {"name": "main", "image": IMAGE, "command": SLEEP}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": STATEFUL},
            "spec": {
                "selector": selector,
                "template": {
                    "metadata": {"labels": {"app": STATEFUL}},
                    "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
                },
            },
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": STATEFUL},
            "spec": {"minAvailable": 1, "selector": selector},
        },
    ]
