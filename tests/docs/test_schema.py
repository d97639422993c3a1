"""The package's schema, as Pulumi makes SDKs of it."""

import json
import subprocess

import pytest

from components.plugin import SCHEMA
from docs import schema
from rehearsal.builds.pulumi import pulumi_cli


@pytest.fixture(scope="module")
def found():
    return json.loads(SCHEMA.read_text())


def test_the_schema_is_what_the_components_say_now():
    assert SCHEMA.read_text() == schema.text(), "run `make schema`"


def test_the_engine_finds_no_fault_in_the_schema(tmp_path):
    checked = subprocess.run(
        [pulumi_cli().path, "schema", "check", SCHEMA],
        env={"PULUMI_HOME": str(tmp_path), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_package_is_described(found):
    assert {key: found[key] for key in ("name", "displayName", "license", "publisher")} == {
        "name": "dualstack",
        "displayName": "Dual-stack Kubernetes on AWS",
        "license": "Apache-2.0",
        "publisher": "dualstack maintainers",
    }
    assert found["description"].startswith("Dual-stack Kubernetes on AWS: ")
    assert {"category/infrastructure", "kind/component", "ipv6"} <= set(found["keywords"])


def test_the_file_names_no_version_so_that_the_plugin_can(found):
    assert "version" not in found
