"""The script of a release, in a clone with tags."""

import json
import re
import shutil
import subprocess
import zipfile

import pytest

from tests.workflows.team import clone


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A clone whose only commit is version 0.1.0, with its tag."""
    folder = tmp_path_factory.mktemp("team") / "platform"
    clone(folder)
    number(folder, "0.1.0")
    tag(folder, "v0.1.0")
    return folder


@pytest.fixture
def folder(first, tmp_path):
    """A copy of that clone, for one test."""
    return shutil.copytree(first, tmp_path / "release", symlinks=True)


def git(folder, *words):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
    subprocess.run(command, cwd=folder, check=True)


def number(folder, version):
    """Write the version into the package."""
    path = folder / "pyproject.toml"
    text = path.read_text()
    path.write_text(
        re.sub(r'^version = ".*"$', f'version = "{version}"', text, count=1, flags=re.MULTILINE)
    )


def tag(folder, name):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", name)
    git(folder, "tag", name)


def release(folder, name):
    """Run the script: its exit code, and what it says."""
    done = subprocess.run(
        ["sh", "ci/release.sh", name], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def without_an_argument(folder):
    """Take an argument of the network away, which breaks those who give it."""
    path = folder / "components/schema.json"
    schema = json.loads(path.read_text())
    del schema["resources"]["dualstack:index:Network"]["inputProperties"]["zones"]
    path.write_text(json.dumps(schema))


def test_the_first_release_is_a_wheel_and_the_schema_that_is_in_it(folder):
    code, said = release(folder, "v0.1.0")

    assert code == 0, said
    assert sorted(path.name for path in (folder / "dist").glob("[!.]*")) == [
        "dualstack-0.1.0-py3-none-any.whl",
        "dualstack-0.1.0-schema.json",
    ]
    with zipfile.ZipFile(folder / "dist/dualstack-0.1.0-py3-none-any.whl") as wheel:
        packed = wheel.read("dualstack/schema.json")
    assert packed == (folder / "dist/dualstack-0.1.0-schema.json").read_bytes()


def test_a_tag_that_is_not_the_version_is_refused(folder):
    assert release(folder, "v0.2.0") == (
        1,
        "error: the tag is v0.2.0, and pyproject.toml says 0.1.0; make them the same\n",
    )


def test_a_schema_that_breaks_its_users_needs_a_minor_step_before_the_first_major_version(folder):
    without_an_argument(folder)
    number(folder, "0.1.1")
    tag(folder, "v0.1.1")
    small, said = release(folder, "v0.1.1")
    git(folder, "tag", "-d", "v0.1.1")
    number(folder, "0.2.0")
    tag(folder, "v0.2.0")
    large, words = release(folder, "v0.2.0")

    assert small == 1
    assert "error: the schema breaks users of v0.1.0, so v0.1.1 is too small a step\n" in said
    assert not (folder / "dist/dualstack-0.1.1-schema.json").exists()
    assert "broken   Network.zones" in said
    assert large == 0, words


def test_after_it_a_schema_that_breaks_its_users_needs_a_major_step(folder):
    number(folder, "1.0.0")
    tag(folder, "v1.0.0")
    without_an_argument(folder)
    number(folder, "1.1.0")
    tag(folder, "v1.1.0")
    small, said = release(folder, "v1.1.0")
    git(folder, "tag", "-d", "v1.1.0")
    number(folder, "2.0.0")
    tag(folder, "v2.0.0")
    large, words = release(folder, "v2.0.0")

    assert small == 1
    assert "error: the schema breaks users of v1.0.0, so v1.1.0 is too small a step\n" in said
    assert large == 0, words
