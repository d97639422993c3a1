"""The package, installed from the repository into an environment of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rehearsal.cloud import stop_cloud
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv/bin/uv"

PROGRAM = """
import json
from dualstack import Network
from dualstack.testing import deploy

made = deploy(lambda: {"vpc": Network("net", {"zones": ["eu-west-1a"]}).vpc_id})
print(json.dumps(made.outputs))
"""


PLUGIN = "pulumi-resource-dualstack"


def run(*command, **options):
    """What a command prints; the test ends with its errors if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The programs of an environment with the locked packages and this repository's last commit."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(UV, "venv", "--python", sys.executable, folder)
    install = (UV, "pip", "install", "--python", folder / "bin/python")
    run(*install, "--require-hashes", "-r", ROOT / "requirements.txt")
    run(*install, "--no-deps", f"git+file://{ROOT}")
    return folder / "bin"


def test_a_program_in_an_empty_folder_uses_it(environment, tmp_path):
    said = run(environment / "python", "-c", PROGRAM, cwd=tmp_path)

    assert json.loads(said) == {"vpc": "Vpc net"}


def test_the_engine_finds_its_plugin(environment, tmp_path):
    assert run(environment / PLUGIN, "--version", cwd=tmp_path) == "0.1.0\n"


def test_a_program_in_yaml_uses_the_plugin_that_is_on_path(environment, tmp_path):
    program = yaml.safe_load((ROOT / "examples/network/yaml/Pulumi.yaml").read_text())
    del program["packages"]
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    # The other programs of the environment are not on PATH.
    on_path = tmp_path / "bin"
    on_path.mkdir()
    (on_path / PLUGIN).symlink_to(environment / PLUGIN)
    state = State(tmp_path / "state")

    with rehearsed(state) as variables:
        options = {"cwd": tmp_path, "env": variables | {"PATH": f"{on_path}:{variables['PATH']}"}}
        run("pulumi", "stack", "init", "dev", **options)
        run("pulumi", "config", "set", "aws:region", "eu-west-1", **options)
        run("pulumi", "up", "--yes", "--skip-preview", **options)
        outputs = json.loads(run("pulumi", "stack", "output", "--json", **options))
        again = run("pulumi", "preview", "--expect-no-changes", **options)
        run("pulumi", "destroy", "--yes", "--skip-preview", **options)
    stop_cloud(state)

    assert set(outputs["privateSubnetIds"]) == {"eu-west-1a", "eu-west-1b"}
    assert "26 unchanged" in again
