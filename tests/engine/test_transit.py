"""A network with a transit gateway on the real engine: its ways out change, and nothing is left of it."""

from types import SimpleNamespace

import pulumi
import pytest
from pulumi.automation import OpType

from components import Network
from tests.engine.inventory import inventory

REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b"]


def program(gateway, ipv6):
    """A network with these ways out; its route tables are the stack's outputs."""

    def make():
        ways = {"nat": "transit", "transit": {"gateway_id": gateway, "ipv6": ipv6}}
        network = Network("net", {"zones": ZONES, **(ways if gateway else {"nat": "single"})})
        pulumi.export("tables", network.private_route_table_ids)

    return make


def ways_out(client, outputs):
    """The kind of target of both default routes of each private subnet, as AWS has them."""
    tables = outputs["tables"].value
    found = {}
    for zone, table in tables.items():
        [described] = client("ec2", REGION).describe_route_tables(RouteTableIds=[table])[
            "RouteTables"
        ]
        found[zone] = {
            route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: next(
                key
                for key in ("NatGatewayId", "TransitGatewayId", "EgressOnlyInternetGatewayId")
                if route.get(key)
            )
            for route in described["Routes"]
            if route.get("DestinationCidrBlock") == "0.0.0.0/0"
            or route.get("DestinationIpv6CidrBlock") == "::/0"
        }
    return found


@pytest.fixture(scope="module")
def seen(life, client):
    """NAT gateways, then a transit gateway for IPv4, then for both families; looked at each time; and the end."""
    ec2 = client("ec2", REGION)
    # Somebody else's, which the rehearsal lets exist.
    gateway = "tgw-0123456789abcdef0"
    found = SimpleNamespace(before=inventory(client, REGION))
    stack = life("transit", {"aws:region": REGION}, program(None, False))
    stack.run("up")
    found.changes, found.ways, found.still = [], [], []
    for ipv6 in (False, True):
        stack.program = program(gateway, ipv6)
        found.changes.append(stack.run("up").changes)
        found.ways.append(ways_out(client, stack.engine.outputs()))
        found.still.append((stack.run("up").changes, stack.run("refresh").changes))
    [found.attachment] = ec2.describe_transit_gateway_vpc_attachments()[
        "TransitGatewayVpcAttachments"
    ]
    stack.run("down")
    found.left = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    found.after = inventory(client, REGION)
    return found


def test_a_transit_gateway_takes_the_place_of_nat_without_a_new_subnet_or_table(seen):
    first = seen.changes[0]

    assert first[OpType.CREATE] == {"VpcAttachment net"}
    assert first[OpType.DELETE] == {"NatGateway net-eu-west-1a", "Eip net-eu-west-1a"}
    assert first[OpType.UPDATE] == {
        "Network net",
        "Route net-private-eu-west-1a-ipv4",
        "Route net-private-eu-west-1b-ipv4",
    }


def test_ipv6_moves_to_the_transit_gateway_in_place(seen):
    second = seen.changes[1]

    assert second == {
        OpType.DELETE: {"EgressOnlyInternetGateway net"},
        OpType.UPDATE: {
            "Network net",
            "VpcAttachment net",
            "Route net-private-eu-west-1a-ipv6",
            "Route net-private-eu-west-1b-ipv6",
        },
    }


def test_both_families_leave_each_zone_as_was_asked(seen):
    ipv4 = {"0.0.0.0/0": "TransitGatewayId"}

    assert seen.ways == [
        dict.fromkeys(ZONES, ipv4 | {"::/0": "EgressOnlyInternetGatewayId"}),
        dict.fromkeys(ZONES, ipv4 | {"::/0": "TransitGatewayId"}),
    ]


def test_aws_has_the_attachment_with_ipv6_and_its_name(seen):
    assert seen.attachment["Options"]["Ipv6Support"] == "enable"
    assert len(seen.attachment["SubnetIds"]) == 2
    assert seen.attachment["Tags"] == [{"Key": "Name", "Value": "net"}]


def test_a_second_up_and_a_refresh_change_nothing(seen):
    assert seen.still == [({}, {})] * 2


def test_nothing_is_left(seen):
    assert seen.left == []
    assert seen.after == seen.before


def test_a_whole_cluster_with_a_tier_leaves_by_a_transit_gateway_and_goes_without_a_trace(
    life, client
):
    config = {
        "aws:region": REGION,
        "dualstack:cluster": {"name": "whole", "kubernetesVersion": "1.36"},
        "dualstack:network": {
            "zones": ZONES,
            "nat": "transit",
            "transit": {"gatewayId": "tgw-0123456789abcdef0", "ipv6": True},
            "furtherIpv4Ranges": ["100.64.0.0/16"],
            "tiers": {"database": {"slot": 0, "route": "isolated", "ipv4Range": "100.64.0.0/16"}},
        },
        "dualstack:api": {"allowedCidrs": ["10.40.0.0/16", "2001:db8:1::/48"]},
        "dualstack:addons": {"cni": False, "cloudController": False},
    }
    before = inventory(client, REGION)
    stack = life("whole", config)

    made = stack.run("up")[OpType.CREATE]
    again, refreshed = stack.run("up").changes, stack.run("refresh").changes
    stack.run("down")

    assert {"VpcAttachment whole", "Subnet whole-database-eu-west-1b"} <= made
    assert not [name for name in made if name.startswith(("NatGateway", "EgressOnly", "Eip"))]
    assert (again, refreshed) == ({}, {})
    assert inventory(client, REGION) == before
