"""How control planes follow each other: who is waited for, who is replaced, and what is said."""

import pytest

from components.rules.succession import Succession

LEAVES = "joined, and leaves etcd by itself"
FOLLOWS = "joined; upgrade to 1.36.5: brings programs and images"
FAILED = "joined; upgrade to 1.36.5 failed: no space left"
THREE = {"cp-0": ["i-0"], "cp-1": ["i-1"], "cp-2": ["i-2"]}


def names(count):
    return [f"cp-{number}" for number in range(count)]


def said(text, *machines):
    return dict.fromkeys(machines, text)


def running(asked=3, **more):
    """Three control planes that leave etcd by themselves."""
    return Succession(names(asked), THREE, said(LEAVES, "i-0", "i-1", "i-2"), **more)


def test_a_new_cluster_waits_for_no_machine_and_says_nothing():
    new = Succession(names(3))

    assert (new.awaits("i-0"), new.hands_over, new.replaced, [*new.announced()]) == (
        False,
        False,
        {},
        [],
    )


@pytest.mark.parametrize(
    ("words", "hands_over"),
    [
        (said(LEAVES, "i-0", "i-1", "i-2"), True),
        (said(LEAVES, "i-0", "i-1") | said("failed, attempt 2: no API", "i-2"), True),
        (said(LEAVES, "i-0", "i-1"), True),
        (said(LEAVES, "i-0", "i-1") | said(FOLLOWS, "i-2"), True),
        (said(LEAVES, "i-0", "i-1") | said(FAILED, "i-2"), True),
        (said(LEAVES, "i-0", "i-1") | said("joined", "i-2"), False),
        (said("failed, attempt 2: no API", "i-0"), False),
        ({}, False),
    ],
    ids=[
        "all",
        "one ill",
        "one silent",
        "one follows",
        "one fails",
        "one of an earlier program",
        "none joined",
        "no words",
    ],
)
def test_every_member_must_leave_by_itself(words, hands_over):
    assert Succession(names(3), THREE, words).hands_over is hands_over


def test_a_machine_that_this_run_makes_is_waited_for():
    assert running().awaits("i-9") is True
    assert running().awaits("i-1") is False


def test_an_ill_machine_holds_no_run_up():
    ill = Succession(names(3), THREE, said(LEAVES, "i-0", "i-1"))

    assert ill.awaits("i-2") is False


@pytest.mark.parametrize(
    ("asked", "machines"),
    [(3, {"cp-0": ["i-0"], "cp-1": ["i-1"]}), (1, {"cp-0": ["i-0", "i-1"]})],
    ids=["counted up", "replaced"],
)
def test_after_a_run_that_was_cut_off_the_machine_that_it_made_is_waited_for(asked, machines):
    cut_off = Succession(names(asked), machines, said(LEAVES, "i-0"))

    assert cut_off.awaits("i-1") is True
    assert cut_off.awaits("i-0") is False


def test_machines_without_what_is_asked_for_are_replaced():
    changed = {"instance type m6i.large": ["i-0"], "image ami-1": []}

    assert running(changed=changed).replaced == {
        "cp-0": ["image ami-1"],
        "cp-1": ["instance type m6i.large", "image ami-1"],
        "cp-2": ["instance type m6i.large", "image ami-1"],
    }


def test_a_machine_that_ends_or_is_replaced_already_is_not_replaced():
    machines = {"cp-0": ["i-0", "i-3"], "cp-1": ["i-1"]}
    half = Succession(
        ["cp-0"], machines, said(LEAVES, "i-0", "i-1"), {"instance type m6i.large": ["i-3"]}
    )

    assert half.replaced == {}


@pytest.mark.parametrize(
    ("machines", "changed", "give_way"),
    [
        (THREE, {}, []),
        (THREE, {"instance type m6i.large": ["i-0", "i-2"]}, ["cp-1"]),
        (THREE | {"cp-0": ["i-0", "i-9"]}, {}, ["cp-0"]),
    ],
    ids=["nothing changes", "one is replaced", "an earlier run was cut off"],
)
def test_only_machines_that_are_replaced_lose_their_protection(machines, changed, give_way):
    one = Succession(names(3), machines, said(LEAVES, "i-0", "i-1", "i-2"), changed)

    assert [name for name in names(3) if one.gives_way(name)] == give_way


def test_machines_of_earlier_programs_are_not_replaced():
    old = Succession(names(3), THREE, said("joined", "i-0"), {"instance type m6i.large": []})

    assert old.replaced == {}


@pytest.mark.parametrize(
    ("asked", "changed", "lines"),
    [
        (3, {"instance type t3.medium": ["i-0", "i-1", "i-2"]}, []),
        (
            3,
            {"instance type m6i.large": []},
            [
                "3 control planes are replaced, one after the other: instance type m6i.large. Each new machine joins etcd before "
                "the next is made. Then the machines of before leave etcd and end, the last first"
            ],
        ),
        (5, {}, ["2 control planes are added, one after the other: cp-3, cp-4"]),
        (1, {}, ["2 control planes are ended, one after the other: cp-2, cp-1"]),
        (2, {}, ["1 control plane is ended: cp-2"]),
    ],
    ids=["nothing", "re-typed", "up", "down", "one"],
)
def test_a_preview_says_what_becomes_of_the_machines(asked, changed, lines):
    assert [*running(asked, changed=changed).announced()] == lines


@pytest.mark.parametrize(
    ("asked", "changed", "first"),
    [
        (3, {"image ami-1": []}, "3 control planes are replaced"),
        (5, {}, "2 control planes are added"),
        (1, {}, "2 control planes are ended"),
    ],
)
def test_a_preview_says_that_machines_wait_for_an_upgrade_that_runs(asked, changed, first):
    words = said(LEAVES, "i-0") | said(FOLLOWS, "i-1") | said(FAILED, "i-2")
    change, wait = Succession(names(asked), THREE, words, changed).announced()

    assert change.startswith(first)
    assert wait == (
        "cp-1: joined; upgrade to 1.36.5: brings programs and images; cp-2: joined; upgrade to 1.36.5 failed: no space left. A new "
        "machine joins when all control planes have reached their plan, and none ends before. Where one has failed, mend that first"
    )


def test_nothing_is_said_of_an_upgrade_that_runs_where_machines_stay():
    words = said(LEAVES, "i-0", "i-1") | said(FOLLOWS, "i-2")

    assert [*Succession(names(3), THREE, words).announced()] == []
