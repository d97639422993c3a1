"""Each kind of error at each command: one line, no traceback, an exit code that is not 0."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from rehearsal.__main__ import main
from rehearsal.engine.checkpoint import Checkpoint
from rehearsal.failures import explained, full_disk
from rehearsal.state import State

COMMANDS = ("up", "preview", "live", "down", "outputs", "kubeconfig", "render")

GOOD = "config:\n  dualstack:cluster: {name: dev}\n"

FILES = {
    "a key twice": ("a: 1\na: 2\n", "line 2: the key 'a' is already there on line 1"),
    "no YAML": ("a: [", "line 2: not YAML"),
    "a list": ("- a\n", "must be a map of settings, and is ['a']"),
    "a text": ("hello\n", "must be a map of settings, and is 'hello'"),
    "config is a list": ("config: [a, b]\n", "config must be a map of sections, and is ['a', 'b']"),
    "config is a text": ("config: hello\n", "config must be a map of sections, and is 'hello'"),
    "a number for a key": ("config: {1: a}\n", "line 1: the key 1 is not a text"),
    "many colons": ("config: {'a:b:c': 1}\n", "'a:b:c' has too many colons"),
    "a section twice": ("config: {api: {}, 'dualstack:api': {}}\n", "dualstack:api is there twice"),
    "latin-1": ("a: \udce9\n", "is not text in UTF-8"),
    "binary": ("\x00\x01\x02", "is not text in UTF-8"),
    "sealed": ("config: {api: {a: {secure: v1}}}\n", "dualstack:api is sealed for another backend"),
}


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A state folder in which dev is there, so that every command reads its file."""
    made = State(tmp_path / "state")
    monkeypatch.setenv("DUALSTACK_STATE", str(made.folder))
    monkeypatch.chdir(tmp_path)
    # Not every host that runs these tests can run machines.
    monkeypatch.setattr("rehearsal.machines.host.check", lambda: None)
    Checkpoint.of(made, "dualstack", "dev").begin()
    return made


def failed(capsys, command: str, file: Path) -> str:
    """The line that a command ends with."""
    code = main([command, "dev", "--config-file", str(file)])
    shown = capsys.readouterr()
    assert code == 1, shown
    assert "Traceback" not in shown.out + shown.err
    lines = [line for line in shown.err.splitlines() if not line.startswith("warning:")]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_stack_file_that_cannot_be_read_is_named(state, tmp_path, capsys, command, kind):
    content, said = FILES[kind]
    file = tmp_path / "stack.yaml"
    file.write_bytes(content.encode(errors="surrogateescape"))

    line = failed(capsys, command, file)

    assert str(file) in line
    assert said in line


def folder(path):
    path.mkdir()


def loop(path):
    path.symlink_to(path)


def dangling(path):
    path.symlink_to("nowhere")


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [folder, loop, dangling, pipe, device])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file_is_named(state, tmp_path, capsys, command, make):
    file = tmp_path / "stack.yaml"
    make(file)

    assert str(file) in failed(capsys, command, file)


PROJECTS = {
    "": "name must be a text, and is None",
    "name: [a]\n": "name must be a text, and is ['a']",
    "name: x\nstackConfigDir: 3\n": "stackConfigDir must be a text, and is 3",
    "- a\n": "must be a map of settings",
    None: "Pulumi.yaml is not there",
}


@pytest.mark.parametrize("content", PROJECTS)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("state")
def test_a_project_file_that_cannot_be_read_is_named(
    tmp_path, capsys, monkeypatch, command, content
):
    project = tmp_path / "project"
    project.mkdir()
    if content is not None:
        (project / "Pulumi.yaml").write_text(content)
    monkeypatch.setenv("DUALSTACK_PROJECT", str(project))
    file = tmp_path / "stack.yaml"
    file.write_text(GOOD)

    line = failed(capsys, command, file)

    assert str(project / "Pulumi.yaml") in line
    assert PROJECTS[content] in line


@pytest.mark.parametrize("command", ["up", "preview", "down", "outputs", "kubeconfig"])
def test_a_state_folder_that_is_a_file_is_named(tmp_path, capsys, monkeypatch, command):
    place = tmp_path / "state"
    place.write_text("")
    monkeypatch.setenv("DUALSTACK_STATE", str(place))
    file = tmp_path / "stack.yaml"
    file.write_text(GOOD)

    assert str(place) in failed(capsys, command, file)


def test_a_place_for_rendered_files_that_is_a_file_is_named(tmp_path, capsys):
    (tmp_path / "out").write_text("")

    code = main(["render", "dev", "--to", str(tmp_path / "out")])

    assert code == 1
    assert str(tmp_path / "out") in capsys.readouterr().err.splitlines()[-1]


def of(number: int, place: str | None = "/a/b") -> OSError:
    return OSError(number, os.strerror(number), place)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (of(errno.ENOSPC), "the disk with /a is full; make room on it, or use another folder"),
        (of(errno.EDQUOT), "the disk with /a is full; make room on it, or use another folder"),
        (of(errno.EROFS), "/a/b is on a file system that is read-only; use another folder"),
        (
            of(errno.EACCES),
            "this user may not use /a/b; change its permissions, or use another folder",
        ),
        (of(errno.ELOOP), "/a/b is a symbolic link that leads back to itself; remove it"),
        (of(errno.EISDIR), "/a/b is a folder, and a file is needed"),
        (
            of(errno.EMFILE, None),
            "too many files are open for the limit of this shell; raise it: ulimit -n 4096",
        ),
        (
            of(errno.ECONNREFUSED, None),
            "no answer over the network: Connection refused; run the command again",
        ),
        (
            shutil.Error([("/s", "/a/b", "[Errno 28] No space left on device")] * 5000),
            "the disk with /a is full; make room on it, or use another folder",
        ),
        (MemoryError(), "there is too little memory; close programs"),
    ],
)
def test_an_error_of_the_system_says_what_and_what_to_do(error, line):
    assert explained(error) == line


def test_a_full_disk_is_found_in_what_a_program_of_go_prints():
    said = "error: 2 errors occurred:\n  1) write /a/b/c.json.18.tmp: no space left on device\n"

    assert full_disk(said) == "the disk with /a/b is full; make room on it, or use another folder"


def test_what_nobody_expected_is_one_line_and_its_calls_are_in_a_file(
    tmp_path, capsys, monkeypatch
):
    def broken(*_):
        raise KeyError("zone")

    monkeypatch.setenv("DUALSTACK_STATE", str(tmp_path))
    monkeypatch.setattr("rehearsal.render.main_render", broken)

    code = main(["render", "dev"])

    path = tmp_path / "last-error.txt"
    assert code == 1
    assert capsys.readouterr().err == (
        f"error: unexpected KeyError: 'zone'; report it with the calls that led to it, in {path}\n"
    )
    assert 'raise KeyError("zone")' in path.read_text()
