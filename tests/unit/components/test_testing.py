"""The stand-in for the cloud, as users' tests have it."""

import re
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from components import Network
from components.testing import UNKNOWN, deploy
from tests.docs.blocks import blocks

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/how-to/test-your-program.md"


def network():
    """A program of a user, which exports one output and returns another."""
    made = Network("net", {"zones": ["eu-west-1a"]})
    pulumi.export("vpcId", made.vpc_id)
    return {"ipv6_range": made.ipv6_range}


def test_what_a_program_returns_and_what_it_exports_are_outputs():
    assert deploy(network).outputs == {"ipv6_range": "2600:1f14:db8::/56", "vpcId": "Vpc net"}


def test_in_a_preview_computed_values_are_unknown():
    assert deploy(network, preview=True).outputs == {"ipv6_range": UNKNOWN, "vpcId": UNKNOWN}


def test_faults_are_raised():
    with pytest.raises(pulumi.RunError, match="'Ireland' is not an availability zone"):
        deploy(lambda: Network("net", {"zones": ["Ireland"]}))


def test_a_look_up_of_a_users_own_has_the_answer_that_the_test_gives():
    def program():
        import pulumi_aws as aws

        return {"account": aws.get_caller_identity_output().account_id}

    assert deploy(
        program, answers={"getCallerIdentity": {"accountId": "123456789012"}}
    ).outputs == {"account": "123456789012"}
    with pytest.raises(Exception, match=re.escape("pass answers={'getCallerIdentity': {…}}")):
        deploy(program)


def test_a_program_reads_the_configuration_and_the_names_of_its_test():
    def program():
        return {
            "zone": pulumi.Config().require("zone"),
            "where": f"{pulumi.get_project()}/{pulumi.get_stack()}",
        }

    deployment = deploy(program, config={"shop:zone": "a"}, project="shop", stack="prod")

    assert deployment.outputs == {"zone": "a", "where": "shop/prod"}


def test_the_tests_of_the_page_pass(tmp_path):
    (shown,) = [block.text for block in blocks(PAGE) if block.kind == "python"]
    (tmp_path / "test_program.py").write_text(shown)
    # An installed package has its own name; here it is a link to the checkout's.
    (tmp_path / "dualstack").symlink_to(ROOT / "components")
    (tmp_path / "templates").symlink_to(ROOT / "templates")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "2 passed" in run.stdout, run.stdout


def test_importing_the_package_imports_no_pulumi():
    program = "import sys, components; print(len(sys.modules)); print('pulumi' in sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.split()[1] == "False"
