"""GitLab's pipelines as they are, run on this host. Each job takes its role by its own token.

The tests are one story: each begins where the one before it ended.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.debian import program
from tests.workflows import forge
from tests.workflows.account import BUCKET, KEPT_FROM_JOBS, STACKS
from tests.workflows.comment import parts, tables

HERE = Path(__file__).parent / "gitlab"
OWN = f"project_path:{forge.REPOSITORY}:ref_type:branch:ref"


@pytest.fixture(scope="module")
def runner():
    """The program that runs the pipelines, installed from its lock."""
    program("rsync")
    subprocess.run([program("npm"), "ci", "--silent"], cwd=HERE, check=True)
    return HERE / "node_modules/.bin/gitlab-ci-local"


@pytest.fixture
def pipeline(runner, on_gitlab):
    """Run a pipeline, or one job of it: its exit code, the jobs that ran, and the log.

    The forge gives each job a token. This runner gives none, so each has the same one here.
    """

    def run(source, *jobs, subject=f"{OWN}:main", **variables):
        given = {
            "CI_PIPELINE_SOURCE": source,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_PATH": forge.REPOSITORY,
            "AWS_TOKEN": forge.token("https://gitlab.com", "sts.amazonaws.com", subject),
            **variables,
        }
        around = {k: v for k, v in on_gitlab.account.variables.items() if k not in KEPT_FROM_JOBS}
        around |= {
            "HTTPS_PROXY": on_gitlab.outside.proxy,
            "AWS_CA_BUNDLE": str(on_gitlab.outside.certificate),
            "PYTEST": "tests/unit/test_names.py -n 0",
        }
        done = subprocess.run(
            [
                *(str(runner), "--force-shell-executor", "--no-color", "--concurrency", "1"),
                *(f"--variable={key}={value}" for key, value in given.items()),
                *jobs,
            ],
            cwd=on_gitlab.folder,
            env=around,
            capture_output=True,
            text=True,
            check=False,
        )
        log = done.stdout + done.stderr
        return (
            done.returncode,
            re.findall(r"^(?!pipeline )(\S+?(?:: \[\w+\])?) +finished in ", log, re.MULTILINE),
            log,
        )

    return run


def vpcs(on_gitlab):
    """The names of the VPCs in the region of these stacks."""
    ec2 = on_gitlab.account.client("ec2", "eu-central-1")
    named = [
        tag["Value"]
        for vpc in ec2.describe_vpcs()["Vpcs"]
        for tag in vpc.get("Tags", ())
        if tag["Key"] == "Name"
    ]
    return sorted(named)


def test_a_branch_that_is_not_main_gets_no_role_that_writes(pipeline, on_gitlab):
    code, _, log = pipeline("push", "dev", subject=f"{OWN}:change")

    assert code != 0
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in log
    assert vpcs(on_gitlab) == []


def test_a_merge_goes_through_the_stacks_in_their_order(pipeline, on_gitlab):
    code, jobs, log = pipeline("push")

    assert code == 0, log
    assert jobs == [name for stack in STACKS for name in (f"plan-{stack}", stack)]
    assert vpcs(on_gitlab) == ["dev", "prod", "staging"]
    kept = on_gitlab.account.client("s3").list_objects_v2(Bucket=f"{BUCKET}-gitlab")["Contents"]
    assert {f".pulumi/stacks/dualstack/{stack}.json" for stack in STACKS} <= {
        one["Key"] for one in kept
    }


def test_a_merge_request_is_checked_rehearsed_and_previewed_and_its_plans_are_kept(
    pipeline, on_gitlab
):
    on_gitlab.git("checkout", "-qb", "change")
    on_gitlab.change(
        "staging", "workers", general={"instanceTypes": ["t3.large"], "min": 1, "max": 2}
    )

    code, jobs, log = pipeline(
        "merge_request_event",
        subject=f"{OWN}:change",
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=forge.REPOSITORY,
    )
    text = (on_gitlab.folder / "ci-reports/staging.md").read_text()
    on_gitlab.git("checkout", "-q", "main")

    assert code == 0, log
    assert sorted(jobs) == sorted(
        ["check", *(f"{job}: [{stack}]" for job in ("rehearse", "preview") for stack in STACKS)]
    )
    [part] = parts(text).values()
    assert ["update", "LaunchTemplate", "staging-general", "instanceType"] in tables(part)[
        "What would change"
    ]


def test_a_merge_request_of_a_fork_has_no_job_with_a_role(pipeline):
    code, _, log = pipeline(
        "merge_request_event",
        "--list",
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="mallory/platform",
    )

    assert code == 0, log
    assert "rehearse" in log
    assert "preview" not in log


def test_drift_fails_the_scheduled_pipeline(pipeline, on_gitlab):
    clean, jobs, log = pipeline("schedule")
    ec2 = on_gitlab.account.client("ec2", "eu-central-1")
    [group] = ec2.describe_security_groups(
        Filters=[{"Name": "tag:Name", "Values": ["prod-worker"]}]
    )["SecurityGroups"]
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "owner", "Value": "somebody"}])

    found, _, words = pipeline("schedule")

    assert clean == 0, log
    assert jobs == [f"drift: [{stack}]" for stack in STACKS]
    assert found != 0
    assert "+ owner" in words
    report = (on_gitlab.folder / "ci-reports/prod.md").read_text()
    assert report.startswith("## prod: **somebody changed what the stack made**")


def test_a_stack_is_destroyed_only_if_its_name_was_typed(pipeline, on_gitlab):
    refused, _, said = pipeline("web", DESTROY="dev", NAME="de")
    code, jobs, log = pipeline("web", DESTROY="dev", NAME="dev")

    assert refused != 0
    assert "error: type the stack's name to destroy it: dev, not 'de'" in said
    assert code == 0, log
    assert jobs == ["destroy"]
    assert vpcs(on_gitlab) == ["prod", "staging"]
