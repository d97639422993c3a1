"""The program itself on the real engine: what a stack goes through in its life, asked of AWS."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from rehearsal.engine import Engine, RunFailedError
from rehearsal.progress import Progress
from rehearsal.workspace import Project

CHECKOUT = Path(__file__).parents[2]
REGION = "eu-central-1"
"""A region that no other test uses, so that what is there is of this stack."""

POOL = {"instanceTypes": ["t3.large"], "min": 2, "max": 4}


def configuration(**changes):
    sections = {
        "cluster": {"name": "life", "kubernetesVersion": "1.36", "cni": "calico"},
        "network": {"zones": ["eu-central-1a", "eu-central-1b"], "nat": "single"},
        "api": {"allowedCidrs": ["203.0.113.0/24", "2001:db8:203::/48"]},
        "controlPlane": {"count": 1},
        "workers": {"general": POOL},
    }
    for section, values in changes.items():
        sections[section] = sections[section] | values
    config = {f"dualstack:{name}": section for name, section in sections.items()}
    return {"config": {"aws:region": REGION} | config}


@dataclass
class Life:
    """A stack of the program, and what each of its runs changed."""

    state: Any
    file: Path
    runs: dict[str, Progress] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def run(self, name: str, action: str, config: dict[str, Any]) -> None:
        self.file.write_text(yaml.safe_dump(config))
        engine = Engine(
            "life",
            project=Project(CHECKOUT, stack_file=self.file),
            state=self.state,
            notice=lambda _: None,
            keep_cloud=True,
        )
        progress = Progress(Console(quiet=True), expected=lambda: 0, quiet=True)
        try:
            getattr(engine, action)(progress.on_event)
        except RunFailedError:
            pytest.fail(f"{name}: {progress.failures}")
        self.runs[name] = progress

    def changes(self, name: str, *kinds: str) -> list[tuple[str, str]]:
        """What was done in a run, and to which types of resource; components are only names for them."""
        return [
            (kind, token)
            for kind, token in self.runs[name].by_type
            if kind in kinds and not token.startswith("dualstack:")
        ]


@pytest.fixture(scope="module")
def life(state, cloud, client, tmp_path_factory):
    """Made, made again, grown by a zone, grown by a pool, shrunk by it, and taken away."""
    made = Life(state, tmp_path_factory.mktemp("life") / "Pulumi.life.yaml")
    three = {"zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]}
    two_pools = {"workers": {"general": POOL, "batch": POOL}}

    made.run("preview", "preview", configuration())
    made.seen["after preview"] = inventory(client)
    made.run("up", "up", configuration())
    made.seen["after up"] = inventory(client)
    made.run("again", "up", configuration())
    made.run("zone", "up", configuration(network=three))
    made.seen["after zone"] = inventory(client)
    made.run("pool", "up", configuration(network=three, **two_pools))
    made.seen["after pool"] = inventory(client)
    made.run("no pool", "up", configuration(network=three))
    made.seen["after no pool"] = inventory(client)
    made.run("down", "down", configuration(network=three))
    made.seen["after down"] = inventory(client)
    return made


def inventory(client):
    """What AWS has in the region, beside what every region has."""
    ec2, iam = client("ec2", REGION), client("iam", REGION)
    default = {v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"] if v["IsDefault"]}

    def own(rows, key):
        return sorted(row[key] for row in rows if row.get("VpcId") not in default)

    instances = [
        instance
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] == "running"
    ]
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    egress = ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    nat = ec2.describe_nat_gateways()["NatGateways"]
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    roles = [r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("life")]
    elb, scaling = client("elbv2", REGION), client("autoscaling", REGION)
    return {
        "vpcs": own(ec2.describe_vpcs()["Vpcs"], "VpcId"),
        "subnets": own(ec2.describe_subnets()["Subnets"], "SubnetId"),
        "tables": own(ec2.describe_route_tables()["RouteTables"], "RouteTableId"),
        "groups": own(ec2.describe_security_groups()["SecurityGroups"], "GroupId"),
        "interfaces": own(ec2.describe_network_interfaces()["NetworkInterfaces"], "SubnetId"),
        "instances": sorted(instance["InstanceId"] for instance in instances),
        "addresses": sorted(a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]),
        "gateways": sorted(gateway["InternetGatewayId"] for gateway in gateways),
        "egress": sorted(gateway["EgressOnlyInternetGatewayId"] for gateway in egress),
        "nat": sorted(g["NatGatewayId"] for g in nat if g["State"] != "deleted"),
        "endpoints": sorted(e["VpcEndpointId"] for e in endpoints if e["State"] != "deleted"),
        "templates": sorted(
            t["LaunchTemplateName"] for t in ec2.describe_launch_templates()["LaunchTemplates"]
        ),
        "balancers": sorted(
            b["LoadBalancerName"] for b in elb.describe_load_balancers()["LoadBalancers"]
        ),
        "targets": sorted(
            g["TargetGroupName"] for g in elb.describe_target_groups()["TargetGroups"]
        ),
        "pools": sorted(
            g["AutoScalingGroupName"]
            for g in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        ),
        "parameters": sorted(
            p["Name"] for p in client("ssm", REGION).describe_parameters()["Parameters"]
        ),
        "roles": sorted(roles),
    }


NOTHING = {
    name: []
    for name in (
        *("vpcs", "subnets", "tables", "groups", "interfaces", "instances", "addresses"),
        *("gateways", "egress", "nat", "endpoints", "templates", "balancers", "targets"),
        *("pools", "parameters", "roles"),
    )
}


def test_a_preview_of_the_program_makes_nothing(life):
    assert life.seen["after preview"] == NOTHING


def test_a_preview_shows_the_plan_before_any_address_is_known(life):
    assert any("The address plan:" in note for note in life.runs["preview"].notes)


def test_up_makes_the_network_the_endpoint_and_the_machines(life):
    seen = life.seen["after up"]

    counted = {name: len(seen[name]) for name in ("vpcs", "subnets", "nat", "egress", "gateways")}
    assert counted == {"vpcs": 1, "subnets": 4, "nat": 1, "egress": 1, "gateways": 1}
    assert len(seen["instances"]) == 3
    assert len(seen["balancers"]) == len(seen["targets"]) == len(seen["pools"]) == 1


def test_a_second_up_changes_nothing(life):
    assert life.changes("again", "created", "updated", "replaced", "deleted") == []


def test_another_zone_leaves_the_network_that_is_there_alone(life):
    before, after = life.seen["after up"], life.seen["after zone"]

    for kind in ("vpcs", "subnets", "tables", "groups", "gateways", "egress", "nat"):
        assert set(before[kind]) <= set(after[kind]), kind
    assert set(before["instances"]) <= set(after["instances"])
    assert len(after["subnets"]) - len(before["subnets"]) == 2
    assert life.changes("zone", "replaced", "deleted") == []


def test_another_pool_changes_nothing_that_is_there(life):
    assert life.changes("pool", "updated", "replaced", "deleted") == []
    assert len(life.seen["after pool"]["pools"]) == 2
    assert set(life.seen["after zone"]["instances"]) <= set(life.seen["after pool"]["instances"])


def test_a_pool_that_is_no_longer_named_goes_alone(life):
    assert life.changes("no pool", "created", "updated", "replaced") == []
    assert life.runs["no pool"].counts["deleted"] == life.runs["pool"].counts["created"]
    assert life.seen["after no pool"] == life.seen["after zone"]


def test_down_leaves_aws_empty(life):
    assert life.seen["after down"] == NOTHING
