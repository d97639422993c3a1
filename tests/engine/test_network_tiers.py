"""A network with further tiers on the real engine: it comes up, stays as it is, gets another tier, and leaves nothing."""

from types import SimpleNamespace

import pulumi
import pytest
from pulumi.automation import OpType

from components import Network
from tests.engine.inventory import inventory

REGION = "eu-west-1"
DATABASE = {"slot": 0, "route": "isolated"}
EDGE = {"slot": 7, "route": "public", "ipv4_range": "100.64.0.0/16"}


def program(tiers):
    """A network in one zone with these tiers; its outputs are the stack's."""

    def make():
        network = Network(
            "net",
            {
                "zones": ["eu-west-1a"],
                "nat": "none",
                "further_ipv4_ranges": ["100.64.0.0/16"],
                "subnets": {"private_size": 20},
                "tiers": tiers,
            },
        )
        pulumi.export("subnets", network.tier_subnet_ids)
        pulumi.export("tables", network.tier_route_table_ids)

    return make


def described(client, outputs):
    """The ranges, the tags and the destinations of routes of each tier's subnet, as AWS has them."""
    ec2 = client("ec2", REGION)
    found = {}
    for tier, by_zone in outputs["subnets"].value.items():
        [subnet] = ec2.describe_subnets(SubnetIds=[by_zone["eu-west-1a"]])["Subnets"]
        table = outputs["tables"].value[tier]["eu-west-1a"]
        [routes] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        found[tier] = (
            subnet["CidrBlock"],
            {tag["Key"] for tag in subnet["Tags"]},
            {
                route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
                for route in routes["Routes"]
                if route.get("GatewayId") != "local" and "DestinationPrefixListId" not in route
            },
            subnet["SubnetId"] in {each.get("SubnetId") for each in routes["Associations"]},
        )
    return found


@pytest.fixture(scope="module")
def seen(life, client):
    """One tier, then two; a look at each; and the end."""
    found = SimpleNamespace(before=inventory(client, REGION))
    stack = life("tiers", {"aws:region": REGION}, program({"database": DATABASE}))
    stack.run("up")
    found.again = stack.run("up").changes
    found.refreshed = stack.run("refresh").changes
    stack.program = program({"edge": EDGE, "database": DATABASE})
    found.second = stack.run("up").changes
    found.tiers = described(client, stack.engine.outputs())
    stack.run("down")
    found.after = inventory(client, REGION)
    return found


def test_a_network_with_a_tier_stays_as_it_is(seen):
    assert (seen.again, seen.refreshed) == ({}, {})


def test_another_tier_moves_nothing(seen):
    assert seen.second == {
        OpType.CREATE: {"Subnet net-edge-eu-west-1a", "RouteTableAssociation net-edge-eu-west-1a"},
        OpType.UPDATE: {"Network net"},
    }


def test_tiers_have_their_ranges_and_routes_and_no_tag_of_a_controller(seen):
    assert seen.tiers == {
        "database": ("10.0.16.0/23", {"Name"}, set(), True),
        "edge": ("100.64.28.0/22", {"Name"}, {"0.0.0.0/0", "::/0"}, True),
    }


def test_a_network_with_tiers_leaves_nothing(seen):
    assert seen.after == seen.before
