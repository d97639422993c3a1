"""What a full disk has cut off, and the runs after there is room again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.engine.checkpoint import Checkpoint
from rehearsal.engine.mending import keep, mend, require_room
from rehearsal.failures import explained
from rehearsal.providers.journal import Journal, JournalEntry
from rehearsal.state import State

ROOT = Path(__file__).parents[2]
WHOLE = {"version": 3, "checkpoint": {"stack": "x", "latest": {"resources": []}}}

IN_OWN_MOUNTS = """
mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"
"""


@pytest.fixture
def checkpoint(tmp_path):
    """The checkpoint of a stack with one resource, of which a copy is kept."""
    made = Checkpoint.of(State(tmp_path), "dualstack", "dev")
    made.begin()
    content = json.loads(json.dumps(WHOLE))
    content["checkpoint"]["latest"]["resources"] = [{"type": "aws:ec2/vpc:Vpc", "urn": "u"}]
    made.path.write_text(json.dumps(content))
    keep(made)
    return made


@pytest.mark.parametrize("length", [0, 1, 60])
def test_a_checkpoint_that_is_cut_off_is_replaced_by_its_copy(checkpoint, length):
    whole = checkpoint.path.read_text()
    checkpoint.path.write_text(whole[:length])
    said = []

    mend(checkpoint, said.append)

    assert checkpoint.path.read_text() == whole
    assert checkpoint.put_back.exists()
    assert said == ["the record of the last run is not whole; going on from the one before it"]


def test_without_a_copy_the_stack_begins_again_without_resources(checkpoint):
    checkpoint.kept.unlink()
    checkpoint.path.write_text("{")

    mend(checkpoint, lambda _: None)

    assert Checkpoint.of(State(checkpoint.engine.parents[1]), "dualstack", "dev").resources == []
    assert json.loads(checkpoint.path.read_text())["version"] == 3


def test_a_cut_off_checkpoint_counts_as_its_copy_for_other_stacks(checkpoint):
    checkpoint.path.write_text("{")

    assert [resource["urn"] for resource in checkpoint.resources] == ["u"]


def test_locks_and_files_of_the_engine_that_are_not_whole_are_removed(checkpoint):
    checkpoint.locks.mkdir(parents=True)
    for name, text in (("a.json", "{}"), ("b.json", ""), ("c.json.18.tmp", "")):
        (checkpoint.locks / name).write_text(text)
    (checkpoint.engine / "meta.yaml").write_text("")
    checkpoint.path.with_suffix(".json.bak").write_text("{")

    mend(checkpoint, lambda _: None)

    assert [path.name for path in checkpoint.locks.iterdir()] == ["a.json"]
    assert (checkpoint.engine / "meta.yaml").read_text() == "version: 1\n"
    assert not checkpoint.path.with_suffix(".json.bak").exists()


def test_an_empty_passphrase_is_made_again(tmp_path):
    (tmp_path / "passphrase").write_text("")

    made = State(tmp_path).passphrase()

    assert len(made) > 30
    assert State(tmp_path).passphrase() == made
    assert (tmp_path / "passphrase").stat().st_mode & 0o777 == 0o600


def test_a_journal_line_that_is_cut_off_hides_no_other(tmp_path):
    journal = Journal(tmp_path / "journal")
    entry = JournalEntry("aws", {}, "urn", "id", {})
    journal.record(entry)
    with journal.path.open("a") as file:
        file.write('["aws", {')

    assert list(journal.entries()) == [entry]


def test_a_run_does_not_begin_on_a_disk_without_room(tmp_path, monkeypatch):
    monkeypatch.setattr("rehearsal.engine.mending.LEAST_BYTES", 2**80)

    with pytest.raises(OSError, match="No space left") as refused:
        require_room(State(tmp_path))

    assert (
        explained(refused.value)
        == f"the disk with {tmp_path} is full; make room on it, or use another folder"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="a file system of its own takes Linux and root")
@pytest.mark.parametrize("variable", ["DUALSTACK_STATE", "XDG_CACHE_HOME"])
def test_a_full_disk_is_named_in_one_line(tmp_path, variable):
    folder = tmp_path / "full"
    folder.mkdir()
    words = [
        *("unshare", "--mount", "sh", "-c", IN_OWN_MOUNTS, "sh", str(folder)),
        *("env", f"{variable}={folder}", sys.executable, "-m", "rehearsal", "preview", "dev"),
    ]
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("mounts of one's own take root")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert done.returncode == 1
    assert len(lines) == 1
    assert f"the disk with {folder}" in lines[0]
    assert f"name another folder by {variable}" in lines[0]
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr) < 2000


def test_up_and_down_go_on_after_a_checkpoint_was_cut_off(desk):
    desk.run("up", "dev")
    [path] = (desk.state.folder / "backend/.pulumi/stacks/dualstack").glob("dev.json")
    path.write_bytes(path.read_bytes()[:5000])

    code, said = desk.run("up", "dev")
    assert code == 0, said
    assert "going on from the one before it" in said

    path.write_bytes(b"")
    code, said = desk.run("down", "dev")
    assert code == 0, said
    assert "nothing of dev is left in AWS" in said
