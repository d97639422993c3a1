"""Processes that outlive the command that started them."""

import sys

import pytest

from rehearsal.mirror.processes import Record, started_at
from tests.support.patience import PATIENCE_SECONDS, wait_until

SLEEPS = [sys.executable, "-c", f"import time; time.sleep({PATIENCE_SECONDS})"]
RESISTS = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); "
    f"time.sleep({PATIENCE_SECONDS})",
]


@pytest.fixture
def record(tmp_path, monkeypatch):
    # A process that may end by itself is given the time; one that may not is killed in a test of its own.
    monkeypatch.setattr("rehearsal.mirror.processes.END_SECONDS", PATIENCE_SECONDS)
    made = Record(tmp_path / "processes.json")
    yield made
    made.end()


def test_what_was_started_runs_until_it_is_ended(record, tmp_path):
    process = record.start(SLEEPS, tmp_path / "log", tmp_path)
    ran = record.all_run()

    Record(record.path).end()

    assert (ran, started_at(process), record.path.exists()) == (True, "", False)


def test_a_process_that_has_ended_is_missed(record, tmp_path):
    record.start(SLEEPS, tmp_path / "log", tmp_path)
    ended = record.start([sys.executable, "-c", ""], tmp_path / "log", tmp_path)
    wait_until(lambda: not started_at(ended))

    assert not record.all_run()


def test_a_process_that_has_the_id_of_an_ended_one_is_left_alone(record, tmp_path):
    process = record.start(SLEEPS, tmp_path / "log", tmp_path)
    others = Record(tmp_path / "others.json")
    others.path.write_text(f'[[{process}, "1"]]')

    others.end()

    assert record.all_run()


def test_a_process_that_does_not_heed_the_request_is_killed(record, tmp_path, monkeypatch):
    monkeypatch.setattr("rehearsal.mirror.processes.END_SECONDS", 0.2)
    log = tmp_path / "log"
    process = record.start(RESISTS, log, tmp_path)
    wait_until(lambda: "ready" in log.read_text())

    record.end()

    wait_until(lambda: not started_at(process))


def test_without_a_record_nothing_runs(record):
    assert not record.all_run()
