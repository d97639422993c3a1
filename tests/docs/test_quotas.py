"""The page on AWS counts what each stack takes of an account's quotas: the counts are those of the program."""

import json
import re
import runpy
from collections import Counter

import pytest
import yaml

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/tutorial/on-aws.md").read_text()
STACKS = ("dev", "staging", "prod")
VCPUS = {"medium": 2, "large": 2, "xlarge": 4, "2xlarge": 8}
"""Of each size in the stacks: https://aws.amazon.com/ec2/instance-types/"""


def row(quota):
    """What the page says of a quota, stack by stack."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {quota}")]
    return dict(zip(STACKS, map(int, line.strip("| ").split(" | ")[-3:]), strict=True))


@pytest.fixture(scope="module")
def stacks(deploy):
    """What each stack's configuration says, and what the program makes of it."""

    def deployed(name):
        config = yaml.safe_load((ROOT / f"stacks/Pulumi.{name}.yaml").read_text())["config"]
        given = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in config.items()
        }
        program = lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")  # noqa: E731
        return config, deploy(lambda: program() and None, config=given, stack=name)

    return {name: deployed(name) for name in STACKS}


@pytest.mark.parametrize(
    ("quota", "kind"),
    [
        ("Elastic IP addresses", "Eip"),
        ("VPCs", "Vpc"),
        ("egress-only internet gateways", "EgressOnlyInternetGateway"),
        ("network load balancers", "LoadBalancer"),
    ],
)
def test_the_page_counts_what_a_stack_makes(stacks, quota, kind):
    assert row(quota) == {name: len(made.all(kind)) for name, (_, made) in stacks.items()}


def test_the_page_counts_nat_gateways_by_zone(stacks):
    def most(made):
        return max(Counter(name[-1:] for name in made.all("NatGateway")).values())

    assert row("NAT gateways in") == {name: most(made) for name, (_, made) in stacks.items()}


def test_the_page_counts_the_rules_of_the_fullest_group(stacks):
    def fullest(made):
        # A rule that names a group counts in both families.
        count = Counter(
            (rule["securityGroupId"], family)
            for rule in made.all("SecurityGroupIngressRule").values()
            for family in ("cidrIpv4", "cidrIpv6")
            if family in rule or "referencedSecurityGroupId" in rule
        )
        return max(count.values())

    assert row("rules of a security group") == {
        name: fullest(made) for name, (_, made) in stacks.items()
    }


def test_the_page_counts_interface_endpoints(stacks):
    assert row("interface endpoints in") == {
        name: sum(
            endpoint.get("vpcEndpointType") == "Interface"
            for endpoint in made.all("VpcEndpoint").values()
        )
        for name, (_, made) in stacks.items()
    }


def test_a_new_account_can_run_dev(stacks):
    config, _ = stacks["dev"]

    assert on_demand(config, "min") <= 5


def vcpus(kind):
    return VCPUS[re.sub(r".*\.", "", kind)]


def on_demand(config, bound):
    control_plane = config.get("dualstack:controlPlane", {})
    kind = control_plane.get("instanceType", "t3.medium")
    return control_plane.get("count", 3) * vcpus(kind) + of_pools(config, bound, spot=False)


def of_pools(config, bound, *, spot):
    pools = config["dualstack:workers"].values()
    return sum(
        pool[bound] * max(map(vcpus, pool["instanceTypes"]))
        for pool in pools
        if pool.get("spot", False) is spot
    )


@pytest.mark.parametrize(
    ("quota", "bound"), [("vCPUs of standard on-demand", "min"), ("the same, with", "max")]
)
def test_the_page_counts_cpus(stacks, quota, bound):
    assert row(quota) == {name: on_demand(config, bound) for name, (config, _) in stacks.items()}


def test_the_page_counts_cpus_of_spot_pools(stacks):
    counted = {name: of_pools(config, "max", spot=True) for name, (config, _) in stacks.items()}

    assert row("vCPUs of standard spot") == counted
