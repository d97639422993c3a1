"""The workflow of a release, from a tag to what it would publish."""

import json
import tomllib

import pytest

from tests.workflows.conftest import new_folder
from tests.workflows.team import Repository


@pytest.fixture(scope="module")
def tagged(tmp_path_factory, account, played):
    """A clone of this repository with two tags, of which the second is not its version."""
    made = Repository(new_folder(tmp_path_factory), account, played)
    made.git("remote", "add", "origin", "https://github.com/acme/platform.git")
    made.commit("As it is")
    version = tomllib.loads((made.folder / "pyproject.toml").read_text())["project"]["version"]
    made.git("tag", f"v{version}")
    made.git("tag", "v99.0.0")
    return made, version


def test_a_tag_makes_the_wheel_and_the_schema_which_are_attested_and_published(tagged):
    repository, version = tagged
    files = [f"dualstack-{version}-py3-none-any.whl", f"dualstack-{version}-schema.json"]

    run = repository.release(f"v{version}")

    assert run.code == 0, run.log
    subjects = (run.artefacts / "subjects").read_text().split()
    assert subjects == [f"dist/{name}" for name in files]
    published = json.loads((run.artefacts / "release.json").read_text())
    assert published == {"tag": f"v{version}", "files": files}


def test_a_tag_that_is_not_the_version_publishes_nothing(tagged):
    repository, version = tagged

    run = repository.release("v99.0.0")

    assert run.jobs("failed") == ["release"]
    assert f"error: the tag is v99.0.0, and pyproject.toml says {version}" in run.log
    assert list(run.artefacts.iterdir()) == []
