"""Whose turn it is on the way to a plan, and what of etcd's manifest stays."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.unit.node.conftest import _program
from tests.unit.node.kubernetes import node


@pytest.fixture
def order() -> Iterator[ModuleType]:
    """The order of control planes."""
    yield from _program("order")


@pytest.fixture
def manifests() -> Iterator[ModuleType]:
    """The static pods of a control plane."""
    yield from _program("manifests")


def nodes(**at: tuple[str, str, str]) -> dict[str, Any]:
    """Ready control planes by name, each with the plans of its static pods, of its encryption and of its kubelet."""
    made = {name: node(name) for name in at}
    for name, (pods, encryption, kubelet) in at.items():
        made[name]["metadata"]["annotations"] = {
            "dualstack/plan": pods,
            "dualstack/encryption-plan": encryption,
            "dualstack/kubelet-plan": kubelet,
        }
    return made


BEGINNING = dict.fromkeys("abc", ("old", "old", "old"))


@pytest.mark.parametrize(
    ("at", "turns"),
    [
        (BEGINNING, ["pods", "waits for a, whose turn it is", "waits for a, whose turn it is"]),
        (
            {**BEGINNING, "a": ("new", "old", "old")},
            ["waits for b, whose turn it is", "pods", "waits for b, whose turn it is"],
        ),
        (
            dict.fromkeys("abc", ("new", "old", "old")),
            ["encryption", "waits for a, whose turn it is", "waits for a, whose turn it is"],
        ),
        (
            {**dict.fromkeys("abc", ("new", "new", "old")), "a": ("new", "old", "old")},
            ["encryption", "waits for a, whose turn it is", "waits for a, whose turn it is"],
        ),
        (
            dict.fromkeys("abc", ("new", "new", "old")),
            ["kubelet", "waits for a, whose turn it is", "waits for a, whose turn it is"],
        ),
        (
            {**dict.fromkeys("abc", ("new", "new", "new")), "c": ("new", "new", "old")},
            ["waits for c, whose turn it is", "waits for c, whose turn it is", "kubelet"],
        ),
        (dict.fromkeys("abc", ("new", "new", "new")), ["say", "nothing", "nothing"]),
    ],
    ids=[
        *("nobody is there", "pods of one", "pods of all", "encryption of all but one"),
        *("encryption of all", "kubelets of two", "all are there"),
    ],
)
def test_no_kubelet_goes_before_all_static_pods_and_one_machine_goes_at_a_time(order, at, turns):
    found = nodes(**at)

    seen = [order.turn(own, "new", found) for own in "abc"]

    assert [words or step for step, words in seen] == turns


def test_nothing_is_taken_away_while_another_control_plane_is_not_ready(order):
    found = nodes(**BEGINNING)
    found["b"] = node("b", ready="False")

    assert order.turn("a", "new", found) == ("wait", "waits for b to be Ready")


def test_a_machine_whose_own_node_is_not_ready_goes_on(order):
    found = nodes(**BEGINNING)
    found["a"] = node("a", ready="Unknown")

    assert order.turn("a", "new", found) == ("pods", "")


def test_a_machine_that_joins_late_has_its_turn_before_all_that_follows(order):
    found = nodes(**dict.fromkeys("ab", ("new", "new", "new")))
    found["aa"] = node("aa")

    assert order.turn("b", "new", found) == ("wait", "waits for aa, whose turn it is")


ETCD = """\
spec:
  containers:
  - command:
    - etcd
    - --initial-advertise-peer-urls=https://10.0.0.11:2380
    - --initial-cluster={members}
{state}    - --key-file=/etc/kubernetes/pki/etcd/server.key
    image: registry.k8s.io/etcd:{tag}
"""


def test_a_member_that_joined_keeps_the_flags_of_its_join_and_gets_the_rest(manifests):
    state = "    - --initial-cluster-state=existing\n"
    joined = ETCD.format(members="b=https://b:2380,a=https://a:2380", state=state, tag="3.6.8-0")
    written = ETCD.format(members="b=https://b:2380", state="", tag="3.7.0-0")

    after = manifests.with_flags_of_join(joined, written)

    assert after == ETCD.format(
        members="b=https://b:2380,a=https://a:2380", state=state, tag="3.7.0-0"
    )


def test_the_first_member_has_the_manifest_that_kubeadm_writes(manifests):
    before = ETCD.format(members="a=https://a:2380", state="", tag="3.6.8-0")
    written = ETCD.format(members="a=https://a:2380", state="", tag="3.7.0-0")

    assert manifests.with_flags_of_join(before, written) == written
