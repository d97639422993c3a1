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


def test_a_fork_says_its_addresses_in_pyproject():
    urls = {
        "Homepage": "https://example.com/dualstack",
        "Repository": "https://git.example.com/platform/dualstack",
        "Logo": "https://example.com/dualstack.png",
    }

    described = schema.package(
        {
            "description": "Clusters",
            "keywords": ["ipv6"],
            "license": "Apache-2.0",
            "authors": [{"name": "A team"}],
            "urls": urls,
        }
    )

    assert {key: described[key] for key in ("homepage", "repository", "logoUrl")} == {
        "homepage": "https://example.com/dualstack",
        "repository": "https://git.example.com/platform/dualstack",
        "logoUrl": "https://example.com/dualstack.png",
    }


def test_each_component_says_which_arguments_may_be_outputs_of_others_and_why_not_all(found):
    why = "decide which resources exist, or are checked with all others before anything is made"
    said = {
        token.rpartition(":")[2]: one["description"] for token, one in found["resources"].items()
    }

    assert [name for name, text in said.items() if why not in text] == []
    assert (
        "Outputs of other resources may stand in `vpcIpv4Range`, `tags`, `vpcId`, `vpcIpv6Range`, `natAddresses`."
        in said["Firewall"]
    )
    assert said["Network"].endswith(" A section says the same of its own fields.")


def test_a_section_says_which_fields_may_be_outputs_of_others(found):
    subnet = found["types"]["dualstack:index:ExistingSubnet"]["description"]

    assert "Outputs of other resources may stand in `id`, " in subnet


def test_the_go_sdk_has_the_arguments_of_every_type(found):
    assert found["language"]["go"]["generateExtraInputTypes"] is True
