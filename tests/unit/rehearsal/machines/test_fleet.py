"""What the supervisor does with a machine in each state of its instance."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from rehearsal.machines.fleet import Fleet
from rehearsal.machines.ledger import Ledger
from tests.unit.rehearsal.machines.sample import CONTROL_PLANE, SURVEY


class Machine:
    """A machine that notes what is done to it."""

    def __init__(self, folder, *, runs=True, hears=True):
        self.instance = CONTROL_PLANE.id
        self.runs, self.hears = runs, hears
        self.was_on = folder / "was-on"
        self.was_on.touch()
        self.done: list[str] = []
        self.halted: list[tuple[str, str]] = []

    def stop(self):
        self.done.append("stop")

    def press_power_button(self):
        self.done.append("press")
        code = 0 if self.hears else 1
        return SimpleNamespace(poll=lambda: code)


@pytest.fixture
def followed(tmp_path, monkeypatch):
    """The machine after so many rounds with its instance in a state."""

    def follow(state, rounds=2, **how):
        machine = Machine(tmp_path, **how)
        fleet = Fleet(tmp_path, Ledger(tmp_path / "ledger"))
        monkeypatch.setattr(fleet, "machine", lambda _: machine)
        found = replace(SURVEY, instances=(replace(CONTROL_PLANE, state=state),))
        for _ in range(rounds):
            fleet.follow(found, {}, lambda *told: machine.halted.append((told[0], told[1])))
        return machine

    return follow


@pytest.mark.parametrize("state", ["shutting-down", "stopping"])
def test_a_machine_that_should_shut_down_is_asked_once(followed, state):
    machine = followed(state)

    assert machine.done == ["press"]
    assert machine.was_on.exists()


def test_a_machine_that_could_not_hear_it_is_asked_again(followed):
    assert followed("shutting-down", hears=False).done == ["press", "press"]


def test_a_machine_that_has_shut_down_is_let_alone_until_its_instance_has_stopped(followed):
    assert followed("stopping", runs=False).halted == []
    assert not followed("stopped", runs=False).was_on.exists()


def test_a_stopped_instance_has_no_machine_that_runs(followed):
    assert followed("stopped", rounds=1).done == ["stop"]


def test_a_machine_that_has_powered_itself_off_is_told_to_aws(followed):
    assert followed("running", rounds=1, runs=False).halted == [(CONTROL_PLANE.id, "eu-west-1")]
