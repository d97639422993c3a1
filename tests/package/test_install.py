"""The package, installed from the repository into an environment of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv/bin/uv"

PROGRAM = """
import json
from dualstack import Network
from dualstack.testing import deploy

made = deploy(lambda: {"vpc": Network("net", {"zones": ["eu-west-1a"]}).vpc_id})
print(json.dumps(made.outputs))
"""


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
    assert run(environment / "pulumi-resource-dualstack", "--version", cwd=tmp_path) == "0.1.0\n"
