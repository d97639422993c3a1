"""Control planes that exist: how many may end, and which may be replaced."""

import pytest

from components.rules.existing_machines import fewer, of_another_type, replacement


def called(*numbers: int) -> list[str]:
    return [f"cp-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("exist", "asked"),
    [(0, 1), (0, 3), (1, 1), (1, 3), (3, 3), (3, 5), (1, 5), (4, 3), (2, 3), (3, 2), (5, 5)],
)
def test_counts_that_keep_the_majority_are_taken(exist, asked):
    assert [*fewer(called(*range(exist)), called(*range(asked)))] == []


@pytest.mark.parametrize(("exist", "asked"), [(3, 1), (5, 3), (5, 1), (2, 1), (4, 1)])
def test_counts_that_take_the_majority_are_refused(exist, asked):
    [fault] = fewer(called(*range(exist)), called(*range(asked)))

    assert fault.path == "controlPlane.count"


def test_a_count_that_ends_the_last_machine_that_lives_is_refused():
    [fault] = fewer(["cp-2"], ["cp-0"])

    assert "cp-2 would end" in fault.message


def test_a_lowered_count_is_refused_with_the_way_to_do_it():
    [fault] = fewer(called(0, 1, 2), called(0))

    assert str(fault) == (
        "controlPlane.count: cp-0, cp-1, cp-2 exist, and cp-1, cp-2 would end at once: etcd would lose its majority and the "
        "cluster its data. One at a time, from cp-2 on: run `kubeadm reset --force` on it, so that it leaves etcd, and terminate "
        "it in EC2. Then lower the count"
    )


def test_the_only_control_plane_is_not_replaced():
    message = replacement("cp-0", ["cp-0"])

    assert message.startswith("cp-0 runs, and it is the only control plane")
    assert "terminate the machine in EC2 and run `pulumi up --refresh`" in message


def test_one_of_two_is_not_replaced():
    assert "etcd has no majority" in replacement("cp-0", called(0, 1))


def test_one_of_three_is_replaced_and_a_second_in_the_same_run_is_not():
    assert replacement("cp-0", called(0, 1, 2)) is None
    assert "cp-1 and cp-0 would be replaced at once" in replacement(
        "cp-1", called(0, 1, 2), ["cp-0"]
    )


def test_a_machine_that_is_lost_or_new_is_made():
    assert replacement("cp-0", []) is None
    assert replacement("cp-2", called(0, 1)) is None


def test_machines_of_another_type_are_named():
    machines = {"cp-0": ["i-0"], "cp-1": ["i-1"], "cp-2": ["i-2"]}

    assert [*of_another_type(machines, ["i-0", "i-1", "i-2"], "t3.medium")] == []
    assert [str(one) for one in of_another_type(machines, ["i-1"], "m6i.large")] == [
        "controlPlane.instanceType: cp-0, cp-2 have another type than m6i.large. Running control planes keep theirs, because a "
        "change would stop all of them at once; replace them one at a time"
    ]
