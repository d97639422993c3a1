"""GitLab's jobs as they are, run on this host."""

import shutil
import subprocess
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.workflows import forge
from tests.workflows.conftest import BUCKET, KEPT_FROM_JOBS, value_of

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
def job(runner, on_gitlab):
    """Run one job, with the credentials that AWS gives for its token.

    The job's own client of AWS would fetch them, from the address of STS alone: it takes no other.
    """

    def run(name, source, role, subject=f"{OWN}:main", **variables):
        token = forge.token("https://gitlab.com", "sts.amazonaws.com", subject)
        sts = boto3.client(
            "sts",
            region_name="eu-central-1",
            endpoint_url=on_gitlab.account.variables["AWS_ENDPOINT_URL"],
            config=Config(signature_version=UNSIGNED),
        )
        keys = sts.assume_role_with_web_identity(
            RoleArn=value_of(on_gitlab.folder, role),
            RoleSessionName="job",
            WebIdentityToken=token,
        )["Credentials"]
        given = {"CI_PIPELINE_SOURCE": source, **variables}
        around = {k: v for k, v in on_gitlab.account.variables.items() if k not in KEPT_FROM_JOBS}
        around |= {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        done = subprocess.run(
            [
                *(str(runner), "--force-shell-executor", "--no-color", "--concurrency", "1"),
                *(f"--variable={key}={value}" for key, value in given.items()),
                name,
            ],
            cwd=on_gitlab.folder,
            env=around,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_branch_that_is_not_main_gets_no_role_that_writes(job):
    with pytest.raises(ClientError, match="Not authorized to perform"):
        job("dev", "push", "dev", subject=f"{OWN}:change")


def test_a_stack_is_planned_by_the_reader_made_by_the_writer(job, on_gitlab):
    planned, said = job("plan-dev", "push", "read")
    made, words = job("dev", "push", "dev")

    assert planned == 0, said
    assert made == 0, words
    kept = on_gitlab.account.client("s3").list_objects_v2(Bucket=f"{BUCKET}-gitlab")["Contents"]
    assert ".pulumi/stacks/dualstack/dev.json" in {one["Key"] for one in kept}


def test_a_stack_is_destroyed_only_if_its_name_was_typed(job):
    refused, said = job("destroy", "web", "dev", DESTROY="dev", NAME="de")
    code, log = job("destroy", "web", "dev", DESTROY="dev", NAME="dev")

    assert refused != 0
    assert "error: type the stack's name to destroy it: dev, not 'de'" in said
    assert code == 0, log
