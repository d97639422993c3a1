"""Processes that outlive the command that started them."""

import json
import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from rehearsal import daemons
from rehearsal.daemons import Daemon, DaemonError, command_line_of, process_of
from tests.support.patience import PATIENCE_SECONDS, wait_until

SLEEPS = [sys.executable, "-c", f"import time; time.sleep({PATIENCE_SECONDS})"]
RESISTS = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); "
    f"time.sleep({PATIENCE_SECONDS})",
]
ENDS = [sys.executable, "-c", "print('no port is free'); raise SystemExit(1)"]


def serves(daemon):
    """A program that writes the file `ready` of a daemon, and sleeps."""
    text = f"import pathlib, time; pathlib.Path({str(daemon.ready)!r}).touch(); time.sleep({PATIENCE_SECONDS})"
    return [sys.executable, "-c", text]


def pids(daemon):
    return [pid for pid, _ in json.loads((daemon.folder / "processes.json").read_text())]


def yes():
    return True


@pytest.fixture
def daemon(tmp_path):
    made = Daemon("the sleeper", tmp_path / "daemon")
    yield made
    made.end()


def same(daemon):
    """The daemon as another command finds it."""
    return Daemon(daemon.name, daemon.folder)


def test_what_was_started_runs_until_it_is_ended(daemon):
    daemon.start(serves(daemon))
    [pid] = pids(daemon)
    ran = same(daemon).running()

    same(daemon).end()

    assert (ran, process_of(pid), daemon.running()) == (True, None, False)
    assert sorted(path.name for path in daemon.folder.iterdir()) == ["lock", "log"]


def test_a_process_that_has_ended_is_missed(daemon):
    daemon.start(SLEEPS, SLEEPS, answers=yes)
    os.kill(pids(daemon)[1], signal.SIGKILL)

    wait_until(lambda: process_of(pids(daemon)[1]) is None)

    assert not daemon.running()


def test_what_is_left_of_a_daemon_is_ended_before_it_is_started_again(daemon):
    daemon.start(SLEEPS, SLEEPS, answers=yes)
    left, ended = pids(daemon)
    os.kill(ended, signal.SIGKILL)
    wait_until(lambda: process_of(ended) is None)

    daemon.start(SLEEPS, SLEEPS, answers=yes)

    assert process_of(left) is None
    assert daemon.running()


def test_a_process_that_has_the_id_of_an_ended_one_is_left_alone(daemon, tmp_path):
    daemon.start(SLEEPS, answers=yes)
    others = Daemon("another", tmp_path / "others")
    others.folder.mkdir()
    (others.folder / "processes.json").write_text(json.dumps([(pids(daemon)[0], 1.0)]))

    assert not others.running()
    others.end()

    assert daemon.running()


def test_the_record_of_a_dead_process_does_not_keep_another_from_starting(daemon):
    daemon.start(serves(daemon))
    [first] = pids(daemon)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: process_of(first) is None)

    daemon.start(serves(daemon))

    assert daemon.running()
    assert pids(daemon) != [first]


@pytest.mark.parametrize("text", ["", "[", "{}", '[["seven", 1]]', "7"])
def test_a_record_that_says_nothing_is_as_none(daemon, text):
    daemon.folder.mkdir()
    (daemon.folder / "processes.json").write_text(text)

    assert not daemon.running()
    daemon.end()


def test_a_process_that_does_not_heed_the_request_is_killed(daemon):
    daemon.start(RESISTS, answers=lambda: "ready" in daemon.log.read_text())
    [pid] = pids(daemon)

    daemon.end(seconds=0.2)

    assert process_of(pid) is None


def test_without_a_record_nothing_runs(daemon):
    assert not daemon.running()


def test_two_that_start_a_daemon_at_once_start_it_once(daemon):
    def start():
        begun.wait()
        same(daemon).start(serves(daemon))
        seen.append(pids(daemon))

    begun, seen = threading.Barrier(3), []
    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 3
    assert seen.count(seen[0]) == 3


def test_one_that_ends_at_once_is_told_of_with_the_last_lines_of_its_log(daemon):
    with pytest.raises(DaemonError, match=r"the sleeper did not start\.") as error:
        daemon.start(ENDS)

    assert "    no port is free\n" in str(error.value)
    assert str(daemon.log) in str(error.value)
    assert not daemon.running()


def test_one_that_is_not_there_is_told_of_as_the_shell_does(daemon):
    with pytest.raises(DaemonError, match="not found"):
        daemon.start(["/nowhere/daemon"])


def test_one_that_does_not_serve_in_time_is_ended(daemon):
    with pytest.raises(DaemonError, match="Its log is empty"):
        daemon.start(SLEEPS, seconds=0.3)

    assert not (daemon.folder / "processes.json").exists()


STARTER = """
import sys
from pathlib import Path
from rehearsal.daemons import Daemon
Daemon("the sleeper", Path(sys.argv[1])).start(sys.argv[2:])
"""


def test_a_daemon_whose_starter_was_killed_is_waited_for_by_the_next(daemon):
    gate = daemon.folder / "gate"
    text = (
        "import pathlib, time\n"
        f"while not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.02)\n"
        f"pathlib.Path({str(daemon.ready)!r}).touch()\n"
        f"time.sleep({PATIENCE_SECONDS})"
    )
    slow = [sys.executable, "-c", text]
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(daemon.folder), *slow])
    wait_until(daemon.running)
    [pid] = pids(daemon)
    starter.kill()
    starter.wait()
    gate.touch()

    daemon.start(slow)

    assert pids(daemon) == [pid]
    assert daemon.ready.exists()


def test_a_starter_that_is_killed_before_it_has_written_down_its_process_leaves_none(daemon):
    killed = STARTER.replace(
        "Daemon(",
        "import os, rehearsal.daemons as d\nd.write_whole = lambda *_: os._exit(9)\nDaemon(",
        1,
    )
    mark = daemon.folder / "ran"
    command = [sys.executable, "-c", f"import pathlib; pathlib.Path({str(mark)!r}).touch()"]

    status = subprocess.call([sys.executable, "-c", killed, str(daemon.folder), *command])

    assert status == 9
    wait_until(lambda: not any(str(mark) in command_line_of(pid) for pid in psutil.pids()))
    assert not mark.exists()
    assert not daemon.running()


def test_a_daemon_that_is_ending_is_waited_for_and_started_again(daemon):
    text = (
        "import pathlib, signal, sys, time\n"
        f"ready = pathlib.Path({str(daemon.ready)!r})\n"
        "signal.signal(signal.SIGTERM, lambda *_: (ready.unlink(), time.sleep(0.5), sys.exit()))\n"
        "ready.touch()\n"
        f"time.sleep({PATIENCE_SECONDS})"
    )
    ends = [sys.executable, "-c", text]
    daemon.start(ends)
    [first] = pids(daemon)
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: not daemon.ready.exists())

    daemon.start(ends)

    assert process_of(first) is None
    assert pids(daemon) != [first]
    assert daemon.ready.exists()


def test_a_process_that_its_parent_has_not_buried_has_ended():
    child = subprocess.Popen([sys.executable, "-c", ""])

    wait_until(lambda: process_of(child.pid) is None)

    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
    assert command_line_of(child.pid) == ""
    child.wait()


def test_a_daemon_of_another_priority_is_one_all_the_same(daemon):
    daemon.start(["nice", "-n", "5", *SLEEPS], answers=yes)

    assert daemon.running()


def test_the_log_of_the_start_before_is_kept(daemon):
    with pytest.raises(DaemonError):
        daemon.start(ENDS)

    daemon.start(serves(daemon))

    assert daemon.log.with_suffix(".before").read_text() == "no port is free\n"


def test_waiting_ends_with_the_first_answer_or_with_the_last():
    answers = iter([None, 0, "yes", "no"])

    assert daemons.wait_until(lambda: next(answers), PATIENCE_SECONDS, 0) == "yes"
    assert daemons.wait_until(list, 0) == []
