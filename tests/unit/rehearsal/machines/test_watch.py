"""What a person sees of machines on their way, and when waiting ends."""

import io
import json
import threading
import time
from pathlib import Path

from rich.console import Console

from rehearsal.machines.phases import asked_at, load
from rehearsal.machines.watch import Watch

JOINED = {
    "id": "i-1",
    "name": "dev-control-plane-0",
    "zone": "eu-west-1a",
    "cluster": "dev",
    "began": 0.0,
    "phase": "joined",
    "steps": [["boots", 0.5], ["joined", 60.0]],
    "failure": "",
    "attempt": 0,
}
FAILED = JOINED | {
    "id": "i-2",
    "name": "dev-general",
    "phase": "failed at attempt 2",
    "steps": [["failed at attempt 2", 90.0]],
    "failure": "cannot fetch http://10.255.0.1:8000/kubelet",
    "attempt": 2,
}


def watched(
    phases: Path, *machines: dict, before: tuple[dict, ...] = ()
) -> tuple[str, Watch, list[str]]:
    printed, failures = io.StringIO(), []
    console = Console(file=printed, width=200)
    phases.write_text(json.dumps(before))
    phases.with_suffix(".asked").write_text("inf")
    with Watch(console, phases, "dev", lambda: failures.append("failed")) as watch:
        phases.write_text(json.dumps(machines))
        done = watch.wait(time.time()) if machines else None
    assert done is not None
    return printed.getvalue(), watch, failures


def test_waiting_ends_when_every_machine_of_the_cluster_has_joined(tmp_path):
    elsewhere = JOINED | {"id": "i-3", "cluster": "other", "phase": "boots"}

    printed, watch, failures = watched(tmp_path / "phases", JOINED, elsewhere)

    assert "dev-control-plane-0 (i-1, eu-west-1a): joined after 60.0 s" in printed
    assert "i-3" not in printed
    assert (watch.failure, failures) == (None, [])


def test_a_machine_that_fails_twice_ends_the_wait_with_its_reason(tmp_path):
    _, watch, failures = watched(tmp_path / "phases", JOINED, FAILED)

    assert failures == ["failed"]
    assert watch.failure is not None
    assert watch.failure.failure == "cannot fetch http://10.255.0.1:8000/kubelet"


def test_a_machine_that_had_failed_before_may_be_repaired_by_this_very_command(tmp_path):
    once, twice = FAILED | {"attempt": 3, "phase": "joined"}, FAILED | {"attempt": 4}

    assert watched(tmp_path / "once", once, before=(FAILED,))[2] == []
    assert watched(tmp_path / "twice", twice, before=(FAILED,))[2] == ["failed"]


def test_a_machine_that_was_just_made_is_waited_for(tmp_path, monkeypatch):
    phases, console = tmp_path / "phases", Console(file=io.StringIO())
    phases.write_text(json.dumps([JOINED]))
    phases.with_suffix(".asked").write_text(str(time.time() - 1))
    made = JOINED | {"id": "i-4", "phase": "boots"}

    steps = iter(
        [
            lambda: None,
            lambda: phases.write_text(json.dumps([JOINED, made])),
            lambda: phases.with_suffix(".asked").write_text("inf"),
            lambda: phases.write_text(json.dumps([JOINED, made | {"phase": "joined"}])),
        ]
    )

    def looked(file: Path) -> float:
        """The supervisor goes on by a step before each look of the command that waits."""
        if threading.current_thread() is threading.main_thread():
            next(steps)()
        return asked_at(file)

    with Watch(console, phases, "dev", lambda: None) as watch:
        monkeypatch.setattr("rehearsal.machines.watch.asked_at", looked)
        assert watch.wait(time.time())

    assert [known.id for known in load(phases)] == ["i-1", "i-4"]
    assert next(steps, None) is None


def test_a_supervisor_that_cannot_go_on_is_told_of_once(tmp_path, monkeypatch):
    monkeypatch.setattr("rehearsal.machines.watch.STALLED_SECONDS", 0)
    (tmp_path / "log").write_text("Traceback\nLiveError: haproxy -c: exit 1\n")
    printed = io.StringIO()

    with Watch(Console(file=printed, width=200), tmp_path / "phases", "dev", lambda: None):
        pass

    told = "nobody has looked after the machines for 0 s: LiveError: haproxy -c: exit 1"
    assert printed.getvalue().count(told) == 1


def test_no_machines_are_known_before_any_was_seen(tmp_path):
    assert load(tmp_path / "phases") == []
