"""The package as others install it."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import components
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]

NOT_PACKED = ("requirements.txt", "ruff.toml")
"""A wheel says in its metadata what it needs; the linter's settings are for the repository."""

CONFIG = {
    "project": "dualstack",
    "stack": "wheel",
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetesVersion": "1.37", "cni": "flannel"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
    "workers": {"general": {}},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built of a copy so that nothing is left in the repository."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("components", "templates"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / file, copy)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    built = subprocess.run(
        [sys.executable, "-c", build], cwd=copy, check=True, capture_output=True, text=True
    )
    return copy / built.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder the wheel is installed into, outside the repository."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(installed, *arguments, **options):
    """Run Python where the package is installed and the repository is not in sight."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def said(installed, program):
    """What a program prints, as JSON."""
    with python(installed, "-c", program) as running:
        output = running.stdout.read()
    assert running.returncode == 0
    return json.loads(output)


def test_every_module_and_every_template_is_in_the_wheel(wheel):
    expected = {
        f"{place}{path.relative_to(ROOT / folder)}"
        for folder, place in (("components", "dualstack/"), ("templates", "dualstack/templates/"))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in NOT_PACKED
    }

    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert packed == expected
    assert {
        "dualstack/py.typed",
        "dualstack/PulumiPlugin.yaml",
        "dualstack/spec/cluster.py",
    } <= packed


def test_every_public_name_can_be_imported_under_the_installed_name(installed):
    answer = said(
        installed,
        """
import json, sys
import dualstack
names = [name for name in dualstack.__all__ if getattr(dualstack, name).__module__.startswith("dualstack.")]
print(json.dumps({"names": names, "repository": "components" in sys.modules}))
""",
    )

    assert answer["repository"] is False
    assert answer["names"] == components.__all__


def test_the_installed_package_renders_what_the_repository_renders(installed):
    answer = said(
        installed,
        f"""
import json
from dualstack.catalog import installed
from dualstack.rules import load
from dualstack.spec import Spec
from dualstack.machine.user_data import control_plane_text, worker_text
spec = load(Spec, json.loads({json.dumps(json.dumps(CONFIG))}))
print(json.dumps([control_plane_text(spec), worker_text(spec.pool("general")), sorted(installed(spec))]))
""",
    )

    spec = load(Spec, CONFIG)
    assert answer == [
        control_plane_text(spec),
        worker_text(spec.pool("general")),
        ["aws-cloud-controller-manager", "flannel"],
    ]


def test_the_installed_package_hosts_its_components_with_its_version(installed):
    with python(installed, "-m", "dualstack", "127.0.0.1:1") as host:
        try:
            port = int(host.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                provider = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = provider.GetSchema(
                    provider_pb2.GetSchemaRequest(version=0), timeout=PATIENCE_SECONDS
                )
        finally:
            host.terminate()

    schema = json.loads(answer.schema)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert schema["version"] == project["version"]
    assert "dualstack:index:Cluster" in schema["resources"]


def test_the_wheel_has_the_program_that_the_engine_looks_for(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/entry_points.txt")]
        written = archive.read(name).decode()

    assert written.split() == [
        "[console_scripts]",
        "pulumi-resource-dualstack",
        "=",
        "dualstack.__main__:main",
    ]


def test_the_version_is_the_same_in_a_checkout_and_installed(installed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    checkout = subprocess.run(
        [sys.executable, "components", "--version"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with python(installed, "-m", "dualstack", "--version") as running:
        wheels = running.stdout.read()

    assert (checkout.stdout, wheels) == (f"{project['version']}\n", f"{project['version']}\n")
