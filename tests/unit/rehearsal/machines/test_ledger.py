"""The record of what was made on the host."""

from rehearsal.machines import ledger as module
from rehearsal.machines.ledger import HostChange, Ledger


def test_what_was_made_last_is_taken_away_first(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for place in (first, second):
        place.write_text("changed")
    ledger = Ledger(tmp_path / "ledger")
    ledger.note("setting", first, "one")
    ledger.note("setting", second, "two")

    noted = ledger.entries()
    left = ledger.undo()

    assert noted == [
        HostChange("setting", str(second), "two"),
        HostChange("setting", str(first), "one"),
    ]
    assert (first.read_text(), second.read_text(), left) == ("one", "two", [])


def test_another_process_knows_what_was_noted(tmp_path):
    Ledger(tmp_path / "ledger").note("mount", "/somewhere")

    assert Ledger(tmp_path / "ledger").entries() == [HostChange("mount", "/somewhere")]


def test_nothing_is_noted_twice(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    ledger.note("namespace", "rh-a")
    ledger.note("namespace", "rh-a")

    assert ledger.entries() == [HostChange("namespace", "rh-a")]


def test_a_ledger_of_which_all_is_undone_is_gone(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    ledger.note("mount", tmp_path / "never-mounted")

    ledger.undo()

    assert not (tmp_path / "ledger").exists()


def test_frozen_processes_go_on_before_they_are_ended(tmp_path, monkeypatch):
    frozen = tmp_path / "cgroup/freezer/rh-i-1/payload/container"
    frozen.mkdir(parents=True)
    for folder in (frozen, frozen.parent):
        (folder / "freezer.state").write_text("FROZEN")
    monkeypatch.setattr(module, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(module, "BUSY_SECONDS", 0)
    ledger = Ledger(tmp_path / "ledger")
    ledger.note("cgroup", "rh-i-1")

    ledger.undo()

    states = [(folder / "freezer.state").read_text() for folder in (frozen, frozen.parent)]
    assert states == ["THAWED", "THAWED"]
