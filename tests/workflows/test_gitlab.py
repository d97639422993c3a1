"""GitLab's pipelines as they are, run on this host."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflows import forge
from tests.workflows.conftest import BUCKET, KEPT_FROM_JOBS, STACKS

HERE = Path(__file__).parent / "gitlab"
OWN = f"project_path:{forge.REPOSITORY}:ref_type:branch:ref"


@pytest.fixture(scope="module")
def runner():
    """The program that runs the pipelines, installed from its lock."""
    for needed in ("npm", "rsync"):
        assert shutil.which(needed), f"there is no {needed} on PATH: install it and run this again"
    subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True)
    return HERE / "node_modules/.bin/gitlab-ci-local"


@pytest.fixture
def pipeline(runner, on_gitlab):
    """Run the jobs that an event starts, with the token that GitLab gives to them."""

    def run(source, subject, *words, **variables):
        token = forge.token("https://gitlab.com", "sts.amazonaws.com", subject)
        given = {"CI_PIPELINE_SOURCE": source, "AWS_TOKEN": token, **variables}
        around = {k: v for k, v in on_gitlab.account.variables.items() if k not in KEPT_FROM_JOBS}
        done = subprocess.run(
            [
                *(str(runner), "--force-shell-executor", "--no-color", "--concurrency", "1"),
                *(f"--variable={name}={value}" for name, value in given.items()),
                *words,
            ],
            cwd=on_gitlab.folder,
            env=around | {"DUALSTACK_STATE": str(on_gitlab.folder.parent / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_merge_goes_through_the_stacks_in_their_order(pipeline, on_gitlab):
    code, log = pipeline("push", f"{OWN}:main")

    assert code == 0, log
    kept = on_gitlab.account.client("s3").list_objects_v2(Bucket=f"{BUCKET}-gitlab")["Contents"]
    states = {f".pulumi/stacks/dualstack/{stack}.json" for stack in STACKS}
    assert states <= {one["Key"] for one in kept}


def test_a_branch_may_read_and_not_write(pipeline):
    refused, said = pipeline("push", f"{OWN}:change", "dev")
    code, log = pipeline("schedule", f"{OWN}:main", "drift")

    assert refused != 0
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in said
    assert code == 0, log


def test_a_stack_is_destroyed_only_if_its_name_was_typed(pipeline):
    refused, said = pipeline("web", f"{OWN}:main", "destroy", DESTROY="dev", NAME="de")
    code, log = pipeline("web", f"{OWN}:main", "destroy", DESTROY="dev", NAME="dev")

    assert refused != 0
    assert "error: type the stack's name to destroy it: dev, not 'de'" in said
    assert code == 0, log
