"""The plan of a stack from what the real command line prints of it: a preview, and an export of the running stack."""

import json
import os
import re
import subprocess
import sys

import pytest

from components.plan.request import main
from tests.docs.blocks import ROOT

DEV = str(ROOT / "stacks/Pulumi.dev.yaml")

DOCUMENTS = """
set -e
pulumi preview --json > {folder}/preview.json
pulumi up --yes --skip-preview > {folder}/up.txt
pulumi stack export > {folder}/export.json
pulumi destroy --yes --skip-preview > {folder}/destroy.txt
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command line prints of dev: before it is up, and while it is."""
    folder = tmp_path_factory.mktemp("plan")
    script = folder / "documents.sh"
    script.write_text(DOCUMENTS.format(folder=folder))
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal", "enter", "dev", "--run", f"sh {script}"],
        cwd=ROOT,
        env=os.environ | {"DUALSTACK_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_preview_says_what_would_be_made(folder, capsys):
    assert main([DEV, "--preview", str(folder / "preview.json"), "--format", "json"]) == 0

    changes = json.loads(capsys.readouterr().out)["changes"]
    assert {each["operation"] for each in changes["changed"]} == {"create"}
    assert ("Vpc", "dev") in {(each["kind"], each["name"]) for each in changes["changed"]}
    assert changes["same"] == 0


def test_a_running_stack_shows_the_addresses_that_it_has(folder, capsys):
    assert main([DEV, "--state", str(folder / "export.json"), "--format", "json"]) == 0

    plan = json.loads(capsys.readouterr().out)
    private = next(each for each in plan["subnets"] if each["tier"] == "private")
    public = next(each for each in plan["subnets"] if each["tier"] == "public")
    assert re.fullmatch(r"2600:[0-9a-f:]+08::/64", private["ipv6"])
    assert re.search(r"control plane 0 10\.0\.\d+\.\d+ 2600:", " ".join(private["holds"]))
    assert re.search(r"NAT gateway \d+\.\d+\.\d+\.\d+", " ".join(public["holds"]))
    assert plan["facts"]["API"].startswith("dev-api")
