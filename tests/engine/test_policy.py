"""The policy pack, started by the real engine: on every stack of ours, and on a program of somebody else's."""

import json
import subprocess
from pathlib import Path

import pytest

from rehearsal.checkout_copy import checkout_copy
from rehearsal.plugins.environment import rehearsed
from rehearsal.state import State
from rehearsal.workspace import Project
from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
PACK = CHECKOUT / "policy" / "run"
FOREIGN = Path(__file__).parent / "foreign"

WRONG = (
    "api-four: tcp port 6443 from 0.0.0.0/0 opens port 6443 to everybody; "
    "name the ranges of your offices and VPNs, in both families.",
    "shop: the root disk (rootBlockDevice) is not encrypted; set encrypted to true.",
    "shop: the load balancer has IPv4 alone (ipAddressType is not set); set ipAddressType to dualstack.",
    "shop: its metadata answers without a token (httpTokens is not set); "
    "set metadataOptions.httpTokens to required.",
    "shop: the group lets tcp port 22 from 2001:db8::/32 in and drops ICMPv6 type 2 (packet too big); "
    "add an ingress rule for icmpv6, fromPort 2, toPort 0, from ::/0.",
    "shop: the route table has a route to 0.0.0.0/0 and none to ::/0; add a route to ::/0, "
    "or take the other away.",
    "shop: the subnet 10.9.0.0/24 has no IPv6 range; set ipv6CidrBlock to a /64 of the VPC's IPv6 range.",
    "shop: the ingress rule allows tcp port 443 from 0.0.0.0/0 and nothing alike from ::/0; "
    "add the rule for ::/0, or narrow this one.",
)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return State(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def preview(state):
    """Preview a stack of a folder under the pack; all that is said, and the exit code."""
    subprocess.run(["make", "-s", "policy"], cwd=CHECKOUT, check=True, timeout=PATIENCE_SECONDS)
    with rehearsed(state) as variables:

        def pulumi(folder: Path, *words: str) -> tuple[int, str]:
            done = subprocess.run(
                ["pulumi", "--non-interactive", *words],
                cwd=folder,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE_SECONDS,
            )
            return done.returncode, done.stdout + done.stderr

        def run(folder: Path, stack: str, *words: str) -> tuple[int, str]:
            pulumi(folder, "stack", "init", stack)
            return pulumi(folder, "preview", "--stack", stack, "--policy-pack", str(PACK), *words)

        yield run


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """A copy of the program that is not ours, so that its settings are not written into the checkout."""
    folder = tmp_path_factory.mktemp("foreign")
    for file in ("Pulumi.yaml", "__main__.py"):
        (folder / file).write_text((FOREIGN / file).read_text())
    (folder / "Pulumi.shop.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    return folder


def findings(said: str) -> list[str]:
    """The lines that name a rule: `- [mandatory]  subnet-ipv6  (aws:ec2:Subnet: shop)`."""
    return [line.strip() for line in said.splitlines() if line.strip().startswith("- [")]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_no_rule_has_anything_against_a_stack_of_ours(preview, state, stack):
    code, said = preview(checkout_copy(state, Project.of_checkout(), stack), stack)

    assert "dualstack@v" in said, said
    assert (code, findings(said)) == (0, []), said


def test_a_program_of_somebody_elses_is_stopped_with_what_is_wrong_and_the_cure(preview, foreign):
    code, said = preview(foreign, "shop")

    assert code != 0
    assert [line for line in WRONG if line not in said] == [], said
    assert len([line for line in findings(said) if line.startswith("- [mandatory]")]) == 9, said


def test_rules_are_loosened_and_resources_left_out_by_a_file(preview, foreign, tmp_path):
    loose = {"all": "advisory", "subnet-ipv6": "disabled", "disk-encrypted": {"except": ["sh*"]}}
    config = tmp_path / "policy.json"
    config.write_text(json.dumps(loose))

    code, said = preview(foreign, "shop", "--policy-pack-config", str(config))

    assert code == 0, said
    assert "[advisory]  metadata-v2" in said
    assert "subnet-ipv6" not in said
    assert "disk-encrypted" not in said
