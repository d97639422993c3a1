"""Processes that outlive the command that started them."""

import sys

import pytest

from rehearsal.mirror.processes import Record, started_at

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
RESISTS = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def record(tmp_path):
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
    while started_at(ended):
        pass

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
    while "ready" not in log.read_text():
        pass

    record.end()

    while started_at(process):
        pass


def test_without_a_record_nothing_runs(record):
    assert not record.all_run()
