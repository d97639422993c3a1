"""What is said of a pool before its machines are replaced."""

import pytest

from components.rules import load
from components.rules.rollout import announcement, reasons
from components.spec.cluster import Spec
from components.spec.rollout import RolloutSection

USUAL = {"pool.labels": {}, "pool.diskGib": "80", "nodes.image": None}


def test_each_difference_is_a_reason_with_both_values():
    running = {
        "cluster.kubernetesVersion": "1.36.3",
        "nodes.image": "ami-1",
        "software": {"containerd": "2.3.3", "runc": "1.4.3"},
        "pool.labels": {"tier": "web", "old": "yes"},
        "pool.kubelet.maxPods": None,
    }
    asked = {
        "cluster.kubernetesVersion": "1.36.4",
        "nodes.image": "ami-2",
        "software": {"containerd": "2.3.4", "runc": "1.4.3"},
        "pool.labels": {"tier": "data"},
        "pool.kubelet.maxPods": "50",
    }

    assert [*reasons(running, asked, {})] == [
        "version 1.36.3 -> 1.36.4",
        "image ami-1 -> ami-2",
        "software containerd 2.3.3 -> 2.3.4",
        "labels.old yes -> nothing",
        "labels.tier web -> data",
        "kubelet.maxPods nothing -> 50",
    ]


def test_a_field_that_the_record_does_not_know_is_a_reason_only_if_it_is_set():
    assert [*reasons({}, {"pool.diskGib": "80", "pool.labels": {}}, USUAL)] == []
    assert [*reasons({}, {"pool.diskGib": "100"}, USUAL)] == ["diskGib 80 -> 100"]


def test_an_image_that_stays_is_no_reason():
    assert [*reasons({"nodes.image": "ami-1"}, {}, USUAL)] == []


@pytest.mark.parametrize(
    ("machines", "rollout", "steps"),
    [
        (3, {}, "its 3 machines are replaced, 1 at a time, each after the new one has joined"),
        (40, {}, "its 40 machines are replaced, 4 at a time, each after the new one has joined"),
        (1, {}, "its machine is replaced, after the new one has joined"),
        (
            4,
            {"min_healthy_percentage": 50, "max_healthy_percentage": 100},
            "its 4 machines are replaced, 2 at a time, each before the new one starts",
        ),
        (
            2,
            {"max_healthy_percentage": 200},
            "its 2 machines are replaced, all at once, each after the new one has joined",
        ),
        (
            10,
            {"pause_at_percentages": [10, 50], "pause_seconds": 600},
            "its 10 machines are replaced, 1 at a time, each after the new one has joined, with a pause of 600 s after 10 %, 50 %",
        ),
    ],
)
def test_a_line_says_how_many_are_replaced_and_in_which_steps(machines, rollout, steps):
    line = announcement("web", machines, RolloutSection(**rollout), ["version 1.36.3 -> 1.36.4"])

    assert line == f"pool web: {steps}: version 1.36.3 -> 1.36.4"


def test_nothing_is_said_of_a_pool_that_stays_or_has_no_machines():
    assert announcement("web", 3, RolloutSection(), []) is None
    assert announcement("web", 0, RolloutSection(), ["version 1.36.3 -> 1.36.4"]) is None
    assert announcement("web", 0, RolloutSection(), None) is None


def test_a_pool_of_an_earlier_program_is_said_to_be_replaced_once():
    assert announcement("web", 2, RolloutSection(), None) == (
        "pool web: with what its 2 machines are made is not recorded yet. If the pool's launch template changes, they are "
        "replaced once, 1 at a time, each after the new one has joined"
    )


@pytest.mark.parametrize(
    ("sections", "waits"),
    [
        ({}, True),
        ({"addons": {"cni": False}}, False),
        ({"cluster": {"cni": "none"}}, False),
        ({"addons": {"cni": False}, "workers": {"web": {"rollout": {"waitForNodes": True}}}}, True),
    ],
    ids=["ours", "a tool of the team", "none", "asked for"],
)
def test_a_cluster_waits_for_its_pools_where_it_makes_them_ready(sections, waits):
    given = {
        "project": "dualstack",
        "stack": "prod",
        "region": "eu-west-1",
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
        "workers": {"web": {}},
        **sections,
        "cluster": {"name": "prod", "kubernetesVersion": "1.37", **sections.get("cluster", {})},
    }

    assert load(Spec, given).pool("web").pool.rollout.wait_for_nodes is waits
