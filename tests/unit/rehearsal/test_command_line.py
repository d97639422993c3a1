"""What is typed: words that no command knows end in one line and exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.__main__ import main

ROOT = Path(__file__).parents[3]


def run(*words: str, **how) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False, **how
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("upp dev", "error: unknown command 'upp'; did you mean up?; see rehearsal --help"),
        (
            "kubeconfg dev",
            "error: unknown command 'kubeconfg'; did you mean kubeconfig?; see rehearsal --help",
        ),
        (
            "zzz",
            "error: unknown command 'zzz'; there are: up, preview, live, down, enter, shell, unprotect, outputs, render, kubeconfig; "
            "see rehearsal --help",
        ),
        ("up", "error: the following arguments are required: stack; see rehearsal up --help"),
        ("", "error: the following arguments are required: command; see rehearsal --help"),
        ("up dev --replce x", "error: unrecognized arguments: --replce x; see rehearsal --help"),
        (
            "up dev --replace",
            "error: argument --replace: expected one argument; see rehearsal up --help",
        ),
    ],
)
def test_an_unknown_word_is_answered_in_one_line(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words.split())

    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert (shown.out, shown.err) == ("", f"{said}\n")


@pytest.mark.parametrize("command", ["up", "preview", "down", "outputs", "kubeconfig", "render"])
def test_an_unknown_stack_is_answered_with_the_nearest(command, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("DUALSTACK_STATE", str(tmp_path))

    code = main([command, "prodd"])

    shown = capsys.readouterr()
    assert code == 1
    assert shown.err.count("\n") == 1
    assert "Pulumi.prodd.yaml is not there; did you mean prod?" in shown.err


@pytest.mark.parametrize("name", ["../dev", "a b", "", "x" * 101, "dev\n", "\udcff"])
def test_a_name_that_no_stack_can_have_is_refused(name, capsys):
    code = main(["render", name])

    assert code == 1
    assert "cannot be the name of a stack; write letters, digits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("verfy", "error: unknown command 'verfy'; did you mean verify?\n"),
        ("up", "error: unknown command 'up'; there are plan, remains, restore, status, verify\n"),
        ("", "usage: python -m dualstack plan|remains|restore|status|verify [--help]\n"),
    ],
)
def test_the_library_s_own_command_line_knows_its_words(word, said):
    done = run("components", *([word] if word else []))

    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stdout == ""


def test_help_names_the_commands_of_the_library():
    done = run("components", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "verify   verify that a cluster is dual-stack" in done.stdout


def test_the_engine_is_served_at_its_own_word():
    with subprocess.Popen(
        [sys.executable, "-m", "components", "127.0.0.1:9"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as plugin:
        assert plugin.stdout is not None
        port = plugin.stdout.readline()
        plugin.terminate()

    assert port.strip().isdecimal()


@pytest.mark.parametrize("command", ["outputs", "kubeconfig", "down"])
def test_a_reader_that_has_gone_ends_nothing(command, tmp_path):
    words = f'"$0" -m rehearsal {command} dev 2>&1 | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", words, sys.executable],
        cwd=ROOT,
        env={"DUALSTACK_STATE": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""
    assert done.stdout.strip() == ("0" if command == "down" else "1")


def test_output_that_a_full_disk_has_cut_off_is_no_success(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rehearsal", "down", "dev"],
            cwd=ROOT,
            env={"DUALSTACK_STATE": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith("error: the output is not whole: the disk with ")
    assert done.stderr.count("\n") == 1


def test_a_warning_of_a_library_is_no_error_whatever_the_shell_asks_for():
    # As a library does that warns of something old while a command runs.
    program = (
        "import runpy, sys, warnings; from rehearsal import garbage;"
        "garbage.switch_off = lambda: warnings.warn('old', DeprecationWarning);"
        "sys.argv = ['rehearsal', '--help']; runpy.run_module('rehearsal', run_name='__main__')"
    )

    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_program_in_a_machine_gets_its_options(tmp_path):
    words = ("shell", "i-1", "bash", "-c", "true")
    ended = run("rehearsal", *words, env={"DUALSTACK_STATE": str(tmp_path), "PATH": "/usr/bin"})

    assert (ended.returncode, ended.stderr) == (1, "error: i-1 has no machine that runs here\n")
