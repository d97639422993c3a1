"""An instance refresh of a stand-in group: how many machines there are at each moment, as AWS's percentages say."""

from types import SimpleNamespace

import pytest

from rehearsal.cloud import refreshes
from rehearsal.cloud.pace import SPEED, Pace
from rehearsal.cloud.refreshes import Refresh

LAUNCH_FIRST = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}
WARM_UP = 600


class Group:
    """A group of machines, and what happened to it: the second, the machines, and how many of them are old."""

    def __init__(self, size, *, capacity=99, protected=()):
        self.name = "pool"
        self.desired_capacity = size
        self.health_check_grace_period = 300
        self.autoscaling_backend = SimpleNamespace(autoscaling_groups={"pool": self})
        self.instance_states = []
        self.capacity = capacity
        for number in range(size):
            self.add(f"old-{number}", protected=f"old-{number}" in protected)

    def add(self, name, *, protected=False):
        instance = SimpleNamespace(id=name)
        state = SimpleNamespace(
            instance=instance, protected_from_scale_in=protected, lifecycle_state="InService"
        )
        self.instance_states.append(state)

    @property
    def names(self):
        return [state.instance.id for state in self.instance_states]


@pytest.fixture
def clock(monkeypatch):
    """The time of the stand-in, which passes when a test says so."""
    time = SimpleNamespace(seconds=0.0)
    time.pace = Pace(lambda: time.seconds / SPEED)
    monkeypatch.setattr(refreshes, "PACE", time.pace)
    return time


@pytest.fixture
def trace(monkeypatch, clock):
    """What a refresh did, in its order: the second, and the machine that started (+) or ended (-)."""
    done = []

    def launch(group, count, *, again):
        assert not again
        names = [f"new-{len(done)}-{n}" for n in range(min(count, group.capacity))]
        for name in names:
            group.add(name)
            group.instance_states[-1].since = clock.pace.now()
            done.append((round(clock.pace.now() * SPEED), "+", len(group.names)))
        return names

    def leave(group, member):
        group.instance_states.remove(member)
        done.append((round(clock.pace.now() * SPEED), "-", len(group.names)))

    monkeypatch.setattr(refreshes, "launch", launch)
    monkeypatch.setattr(refreshes, "shrink", lambda group: None)
    monkeypatch.setattr(refreshes.members, "leave", leave)
    return done


def refreshed(group, clock, **preferences):
    """The group after a refresh that had a day."""
    refresh = Refresh(group, preferences)
    refresh.step()
    clock.seconds += 86_400
    clock.pace.catch_up()
    return refresh


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_launch_first_never_goes_below_the_size_and_takes_one_after_the_other(size, clock, trace):
    group = Group(size)

    refresh = refreshed(group, clock, **LAUNCH_FIRST, InstanceWarmup=WARM_UP)

    assert trace[:2] == [(0, "+", size + 1), (600, "-", size)]
    assert {there for _, _, there in trace} <= {size, size + 1}
    assert [second for second, what, _ in trace if what == "-"] == [
        600 * step for step in range(1, size + 1)
    ]
    assert refresh.status == "Successful"
    assert [name for name in group.names if name.startswith("old")] == []


def test_a_tenth_of_a_large_pool_is_replaced_at_once(clock, trace):
    refreshed(Group(20), clock, **LAUNCH_FIRST, InstanceWarmup=WARM_UP)

    assert trace[:4] == [(0, "+", 21), (0, "+", 22), (600, "-", 21), (600, "-", 20)]
    assert max(second for second, _, _ in trace) == 6000


def test_ninety_percent_of_ten_ends_one_before_another_starts(clock, trace):
    preferences = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 100}

    refreshed(Group(10), clock, **preferences, InstanceWarmup=120)

    assert trace[:4] == [(0, "-", 9), (0, "+", 10), (120, "-", 9), (120, "+", 10)]


def test_a_pool_of_one_goes_to_zero_where_no_maximum_is_stated(clock, trace):
    refreshed(Group(1), clock, MinHealthyPercentage=90)

    assert trace == [(0, "-", 0), (0, "+", 1)]


def test_a_stated_maximum_of_a_hundred_lets_one_more_start_where_nothing_else_is_possible(
    clock, trace
):
    refreshed(Group(1), clock, MinHealthyPercentage=90, MaxHealthyPercentage=100)

    assert trace == [(0, "+", 2), (300, "-", 1)]


def test_zero_percent_replaces_all_at_once(clock, trace):
    refreshed(Group(3), clock, MinHealthyPercentage=0, MaxHealthyPercentage=100)

    assert [what for _, what, _ in trace] == ["-", "-", "-", "+", "+", "+"]


def test_no_old_machine_ends_while_none_can_be_launched(clock, trace):
    group = Group(2, capacity=0)
    refresh = Refresh(group, {**LAUNCH_FIRST, "InstanceWarmup": WARM_UP})
    refresh.step()

    clock.seconds += 1000
    clock.pace.catch_up()

    assert trace == []
    assert refresh.described()["Status"] == "InProgress"
    group.capacity = 99
    clock.seconds += 86_400
    clock.pace.catch_up()
    assert refresh.described()["Status"] == "Successful"


def test_a_refresh_without_progress_for_an_hour_fails_and_leaves_the_old_machines(clock, trace):
    group = Group(2, capacity=0)

    refresh = refreshed(group, clock, **LAUNCH_FIRST, InstanceWarmup=WARM_UP)

    assert (refresh.described()["Status"], group.names) == ("Failed", ["old-0", "old-1"])


def test_a_refresh_pauses_at_its_checkpoints(clock, trace):
    marks = {"CheckpointPercentages": [25, 100], "CheckpointDelay": 7200}

    refreshed(Group(4), clock, **LAUNCH_FIRST, **marks, InstanceWarmup=WARM_UP)

    ended = [second for second, what, _ in trace if what == "-"]
    assert ended == [600, 8400, 9000, 9600]


def test_a_refresh_ends_at_a_last_checkpoint_below_a_hundred(clock, trace):
    group = Group(4)

    refresh = refreshed(
        group, clock, **LAUNCH_FIRST, CheckpointPercentages=[50], InstanceWarmup=WARM_UP
    )

    assert refresh.status == "Successful"
    assert len([name for name in group.names if name.startswith("old")]) == 2


def test_a_machine_that_is_protected_from_scale_in_stays(clock, trace):
    group = Group(2, protected={"old-1"})

    refreshed(group, clock, **LAUNCH_FIRST, InstanceWarmup=WARM_UP)

    assert "old-1" in group.names
    assert "old-0" not in group.names


def test_a_cancelled_refresh_leaves_what_it_replaced(clock, trace):
    group = Group(3)
    refresh = Refresh(group, {**LAUNCH_FIRST, "InstanceWarmup": WARM_UP})
    refresh.step()
    clock.seconds = 700
    clock.pace.catch_up()

    refresh.cancel()
    clock.seconds += 86_400
    clock.pace.catch_up()

    assert [name.partition("-")[0] for name in group.names].count("old") == 2
    assert refresh.described()["Status"] == "Cancelled"


def test_the_progress_counts_machines_that_have_warmed_up(clock, trace):
    refresh = Refresh(Group(4), {**LAUNCH_FIRST, "InstanceWarmup": WARM_UP})
    refresh.step()
    before = refresh.described()
    clock.seconds = 1300
    clock.pace.catch_up()
    after = refresh.described()

    assert (before["PercentageComplete"], before["InstancesToUpdate"]) == (0, 4)
    assert (after["PercentageComplete"], after["InstancesToUpdate"]) == (50, 2)


def test_a_refresh_ends_with_its_group(clock, trace):
    group = Group(2)
    refresh = Refresh(group, {**LAUNCH_FIRST, "InstanceWarmup": WARM_UP})
    refresh.step()
    group.autoscaling_backend.autoscaling_groups.clear()
    clock.seconds = 700
    clock.pace.catch_up()

    assert refresh.described()["Status"] == "Cancelled"
