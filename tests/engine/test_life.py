"""What a stack goes through in its life: each change touches what it names, and nothing else."""

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import OpType

from tests.engine.inventory import counted, inventory

REGION = "eu-west-1"
POOL = {"instanceTypes": ["m6i.large"], "min": 1, "max": 3}
COMPONENTS = {"Cluster", "Network", "ApiEndpoint", "ControlPlane", "WorkerPool", "Identity"}
"""What only the engine knows of: their inputs change with their parts, and nothing happens in AWS."""

OF_THE_ZONE = {
    "Route dev-private-eu-west-1c-ipv4",
    "Route dev-private-eu-west-1c-ipv6",
    "RouteTable dev-private-eu-west-1c",
    "RouteTableAssociation dev-private-eu-west-1c",
    "RouteTableAssociation dev-public-eu-west-1c",
    "Subnet dev-private-eu-west-1c",
    "Subnet dev-public-eu-west-1c",
}

OF_THE_POOL = {
    "Group dev-batch",
    "LaunchTemplate dev-batch",
    "LifecycleHook dev-batch-joined",
    "LifecycleHook dev-batch-left",
    "Parameter dev-batch-asked",
    "Parameter dev-batch-revision",
}


@pytest.fixture(scope="module")
def dev(life, client):
    """dev: previewed, brought up, left alone, grown by a zone and a pool, shrunk by both, a machine made again, taken down."""
    stack = life("dev")
    seen = SimpleNamespace()

    def step(name: str, action: str = "up", **how: Any) -> None:
        setattr(seen, name, stack.run(action, **how))
        setattr(seen, f"after_{name}", inventory(client, REGION))

    seen.before = inventory(client, REGION)
    step("preview", "preview")
    step("up")
    step("again")
    stack.section("network")["zones"] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    step("zone")
    stack.section("workers")["batch"] = POOL
    step("pool")
    del stack.section("workers")["batch"]
    step("no_pool")
    stack.section("network")["zones"] = ["eu-west-1a", "eu-west-1b"]
    step("no_zone")
    stack.section("controlPlane")["count"] = 3
    step("three")
    step("replaced", replace=["dev-control-plane-1"])
    step("down", "down")
    return seen


def in_aws(names):
    return {name for name in names if name.split()[0] not in COMPONENTS}


def changes(run):
    """What happened in AWS, by the engine's word for it."""
    found = {op: in_aws(names) for op, names in run.changes.items()}
    return {op: names for op, names in found.items() if names}


def test_a_preview_on_nothing_shows_the_plan_with_blocks_by_number_and_makes_nothing(dev):
    [plan] = [note for note in dev.preview.progress.notes if "The address plan:" in note]

    rows = [" ".join(line.split()) for line in plan.splitlines()]
    assert "public eu-west-1a 10.0.224.0/22 /64 number 0 of the VPC's range" in rows
    assert "private eu-west-1b 10.0.32.0/19 /64 number 9 of the VPC's range" in rows
    assert dev.after_preview == dev.before


def test_up_makes_the_whole_of_dev(dev):
    made = counted(dev.after_up - dev.before)

    assert made == {
        "Addresses": 1,
        "Aliases": 1,
        "AutoScalingGroups": 1,
        "EgressOnlyInternetGateways": 1,
        "IamInstanceProfileAssociations": 2,
        "InstanceProfiles": 2,
        "Instances": 2,
        "InternetGateways": 1,
        "LaunchTemplates": 1,
        "LoadBalancers": 1,
        "NatGateways": 1,
        "NetworkAcls": 1,
        "NetworkInterfaces": 3,
        "Parameters": 40,
        "Roles": 2,
        "RouteTables": 4,
        "SecurityGroupRules": 42,
        "SecurityGroups": 4,
        "Subnets": 4,
        "TargetGroups": 1,
        "Volumes": 2,
        "VpcEndpoints": 1,
        "Vpcs": 1,
    }


def test_a_second_up_changes_nothing(dev):
    assert dev.again.changes == {}
    assert dev.after_again == dev.after_up


def test_a_new_zone_is_made_beside_what_is_there(dev):
    assert changes(dev.zone) == {
        OpType.CREATE: OF_THE_ZONE,
        # These span the zones: each is told of one subnet or route table more, and keeps its identity.
        OpType.UPDATE: {"LoadBalancer dev-api", "Group dev-general", "VpcEndpoint dev-s3-gateway"},
    }
    assert dev.after_up <= dev.after_zone


def test_a_new_pool_touches_nothing_that_is_there(dev):
    assert changes(dev.pool) == {OpType.CREATE: OF_THE_POOL}
    assert dev.after_zone <= dev.after_pool


def test_a_pool_that_is_no_longer_named_goes_alone(dev):
    assert changes(dev.no_pool) == {OpType.DELETE: OF_THE_POOL}
    assert dev.after_no_pool == dev.after_zone


def test_a_zone_that_is_no_longer_named_takes_the_load_balancer_with_it(dev):
    # The AWS provider takes no subnet from a network load balancer: it makes another one, with another name.
    replaced = {"LoadBalancer dev-api", "Listener dev-api"}

    assert changes(dev.no_zone) == {
        OpType.DELETE: OF_THE_ZONE,
        OpType.UPDATE: {
            "Group dev-general",
            "VpcEndpoint dev-s3-gateway",
            "Parameter dev-api-host",
        },
        OpType.CREATE_REPLACEMENT: replaced,
        OpType.REPLACE: replaced,
        OpType.DELETE_REPLACED: replaced,
    }
    kept = {thing for thing in dev.after_up if thing[0] != "LoadBalancers"}
    assert kept <= dev.after_no_zone
    assert counted(dev.after_no_zone) == counted(dev.after_up)


def test_control_planes_are_counted_up_beside_the_one_that_runs(dev):
    made = {"Instance", "TargetGroupAttachment"}

    assert changes(dev.three) == {
        OpType.CREATE: {f"{kind} dev-control-plane-{number}" for kind in made for number in (1, 2)}
    }
    assert dev.after_no_zone <= dev.after_three


def test_down_leaves_aws_as_it_was_before(dev):
    assert dev.after_down == dev.before


def test_a_control_plane_is_made_again_alone_and_registered_in_place_of_the_old_one(dev):
    assert in_aws(dev.replaced[OpType.CREATE_REPLACEMENT]) == {
        "Instance dev-control-plane-1",
        "TargetGroupAttachment dev-control-plane-1",
    }
    assert counted(dev.after_replaced) == counted(dev.after_three)
