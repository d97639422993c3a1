"""`pulumi new` with the template: the real command line writes a project, and its program makes a cluster."""

import re
import runpy
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
        done = subprocess.run(
            [
                *("pulumi", "new", str(ROOT / "template"), "--generate-only", "--yes"),
                *("--name", "shop", "--description", "A shop", "--dir", str(folder), *answers),
            ],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["description"]) == ("shop", "A shop")
    assert (folder / "__main__.py").read_text() == (ROOT / "template/__main__.py").read_text()
    assert (folder / "requirements.txt").exists()
