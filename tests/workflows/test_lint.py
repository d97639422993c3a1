"""The workflows as their own checkers see them, and what a team must be able to rely on."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import components
from rehearsal.builds.golang import built
from rehearsal.builds.pulumi import VERSION
from rehearsal.builds.workflows import ACTIONLINT

CHECKOUT = Path(__file__).parents[2]
WORKFLOWS = sorted((CHECKOUT / ".github/workflows").glob("*.yml"))
GITLAB = yaml.safe_load((CHECKOUT / ".gitlab-ci.yml").read_text())
STACKS = ["dev", "staging", "prod"]


def shown(*command):
    """What a checker prints, and its exit code."""
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def read(path):
    # YAML reads the key `on` as true.
    return yaml.safe_load(path.read_text())


def test_actionlint_finds_nothing():
    assert shown(str(built(ACTIONLINT)), *map(str, WORKFLOWS)) == (0, "")


def test_zizmor_finds_nothing():
    zizmor = Path(sys.executable).with_name("zizmor")

    code, said = shown(str(zizmor), "--offline", "--no-progress", ".github")

    assert code == 0, said
    assert "No findings to report" in said


def test_shellcheck_finds_nothing_in_the_steps():
    shellcheck = Path(sys.executable).with_name("shellcheck")

    assert shown(str(shellcheck), *map(str, sorted((CHECKOUT / "ci").glob("*.sh")))) == (0, "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_starts_without_permissions_and_every_action_is_pinned(path):
    used = re.findall(r"uses: (\S+)( # v[0-9.]+)?", path.read_text())

    assert read(path)["permissions"] == {}
    assert [
        name for name, _ in used if not re.fullmatch(r"\S+@[0-9a-f]{40}|\./\.github/\S+", name)
    ] == []
    assert all(comment for name, comment in used if "@" in name)


def test_only_one_workflow_has_aws_in_it():
    assert [path.stem for path in WORKFLOWS if "aws-actions" in path.read_text()] == ["stack"]


def test_the_list_of_stacks_is_that_of_their_files_and_both_forges_deploy_them_in_its_order():
    listed = subprocess.run(
        ["sh", "ci/stack.sh", "list"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    deploy = read(CHECKOUT / ".github/workflows/deploy.yml")["jobs"]

    assert listed == '["dev","staging","prod"]\n'
    assert sorted(
        path.name.split(".")[1] for path in (CHECKOUT / "stacks").glob("*.yaml")
    ) == sorted(STACKS)
    order = {f"plan-{one}": before for one, before in zip(STACKS, [None, *STACKS], strict=False)}
    order |= {one: f"plan-{one}" for one in STACKS}
    assert {name: job.get("needs") for name, job in deploy.items()} == order
    assert {name: (GITLAB[name]["needs"] or [None])[0] for name in order} == order
    assert GITLAB[".each-stack"]["parallel"]["matrix"] == [{"STACK": STACKS}]


def test_a_job_that_writes_is_in_the_environment_of_its_stack_alone():
    deploy = read(CHECKOUT / ".github/workflows/deploy.yml")["jobs"]

    asked = {
        name: (job["with"]["command"], job["with"].get("environment"))
        for name, job in deploy.items()
    }
    assert asked == {
        **{f"plan-{one}": ("preview", None) for one in STACKS},
        **{one: ("up", one) for one in STACKS},
    }


def test_both_forges_run_the_engine_that_the_rehearsal_builds():
    text = (CHECKOUT / ".github/workflows/stack.yml").read_text()

    assert re.search(r"pulumi-version: (\S+)", text)[1] == VERSION.removeprefix("v")
    assert GITLAB["default"]["image"] == f"pulumi/pulumi-python:{VERSION.removeprefix('v')}"


OWN = ("check", "rehearse")
"""Jobs that test this repository itself, by `make`."""


@pytest.mark.parametrize(
    "jobs",
    [read(CHECKOUT / ".github/workflows/pull-request.yml")["jobs"], GITLAB],
    ids=["github", "gitlab"],
)
def test_a_team_can_leave_out_the_jobs_that_are_this_repositorys_own(jobs):
    others = {name: job for name, job in jobs.items() if name not in OWN}
    needed = {name: job.get("needs") for name, job in others.items() if isinstance(job, dict)}
    page = (CHECKOUT / "docs/how-to/run-in-ci.md").read_text()

    assert {*OWN} <= {*jobs}
    assert [name for name, needs in needed.items() if {*OWN} & {*_listed(needs)}] == []
    assert [name for name in OWN if f"stack.sh {name}" in json.dumps(others)] == []
    assert "and the jobs `check`\nand `rehearse` of `pull-request.yml` and `.gitlab-ci.yml`" in page


def _listed(needs):
    return [needs] if isinstance(needs, str) else needs or []


def test_a_team_deploys_the_accounts_program_with_the_library_that_is_installed(
    deploy, tmp_path, monkeypatch
):
    installed = SimpleNamespace(CiRoles=components.CiRoles, StateBackend=components.StateBackend)
    monkeypatch.setitem(sys.modules, "dualstack", installed)
    monkeypatch.setitem(sys.modules, "components", None)
    program = Path(shutil.copytree(CHECKOUT / "ci/account", tmp_path / "ci/account"))
    config = {
        "aws:region": "eu-west-1",
        "dualstack:bucket": "acme-pulumi-state",
        "dualstack:repository": "acme/platform",
        "dualstack:forge": "github",
        "dualstack:environments": json.dumps({"dev": {"region": "eu-west-1"}}),
    }

    deployment = deploy(
        lambda: runpy.run_path(str(program / "__main__.py"), run_name="__main__") and None,
        config=config,
    )

    assert list(deployment.all("Bucket")) == ["pulumi-state"]
    assert sorted(deployment.all("Role")) == ["ci-dev", "ci-read"]
