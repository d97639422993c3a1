"""`pulumi new` with the template: the real command line writes a project, and its program makes a cluster."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib

import yaml

import components
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from tests.docs.blocks import ROOT

ANSWERS = {
    "aws:region": "eu-central-1",
    "zones": "eu-central-1a, eu-central-1b",
    "clusterName": "shop",
    "kubernetesVersion": "1.37",
    "allowedCidrs": "198.51.100.0/24,2001:db8:1::/48",
}


def new(variables, template, folder, *words):
    """Make the project `shop` of a template."""
    chosen = ("--generate-only", "--yes", "--name", "shop", "--dir", str(folder), *words)
    run(variables, "new", str(template), *chosen)


def run(variables, *words, **options):
    """What a command of Pulumi prints; the test ends with its errors if it fails."""
    done = subprocess.run(
        ["pulumi", *words],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_program_makes_the_cluster_of_the_answers(deploy, monkeypatch):
    monkeypatch.setitem(sys.modules, "dualstack", components)
    config = {key if ":" in key else f"dualstack:{key}": value for key, value in ANSWERS.items()}

    deployment = deploy(
        lambda: runpy.run_path(str(ROOT / "template/__main__.py"), run_name="__main__") and None,
        config=config,
    )

    zones = {subnet["availabilityZone"] for subnet in deployment.all("Subnet").values()}
    assert zones == {"eu-central-1a", "eu-central-1b"}
    assert list(deployment.all("Instance")) == ["shop-control-plane-0"]
    assert list(deployment.all("Group")) == ["shop-general"]


def test_it_installs_the_library_of_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    (tag,) = re.findall(
        r"^dualstack @ git\+\S+@(\S+)$",
        (ROOT / "template/requirements.txt").read_text(),
        re.MULTILINE,
    )

    assert tag == f"v{version}"


def test_the_command_line_asks_its_questions_and_writes_a_project(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    answers = [word for key, value in ANSWERS.items() for word in ("--config", f"{key}={value}")]

    with rehearsed(State(tmp_path / "state")) as variables:
        new(variables, ROOT / "template", folder, "--description", "A shop", *answers)

    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["description"]) == ("shop", "A shop")
    assert (folder / "__main__.py").read_text() == (ROOT / "template/__main__.py").read_text()
    assert (folder / "requirements.txt").exists()


def test_a_project_is_made_of_this_repository_itself_and_runs_under_another_name(tmp_path):
    repository, folder = tmp_path / "repository", tmp_path / "shop"
    for made in (repository, folder):
        made.mkdir()
    # What the command line reads; it copies the rest as it is.
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, repository)

    with rehearsed(State(tmp_path / "state")) as variables:
        new(variables, repository, folder)
        run(variables, "stack", "init", "dev", cwd=folder)
        listed = json.loads(run(variables, "stack", "ls", "--json", cwd=folder))

    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert project["name"] == "shop"
    assert [one["name"] for one in listed] == ["dev"]
