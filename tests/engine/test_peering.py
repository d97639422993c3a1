"""The example of two networks that reach each other, on the real engine: it comes up, stays as it is, and goes."""

import runpy
import sys
from types import SimpleNamespace

import pytest
from pulumi.automation import OpType

import components
from tests.engine.conftest import CHECKOUT
from tests.engine.inventory import inventory

REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b"]


def program():
    runpy.run_path(str(CHECKOUT / "examples/peering/__main__.py"), run_name="__main__")


def routes(client, peering):
    """The destinations that each private route table sends through the connection, by the table's name."""
    where = [{"Name": "route.vpc-peering-connection-id", "Values": [peering]}]
    return {
        tag["Value"]: {
            route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]
            for route in table["Routes"]
            if route.get("VpcPeeringConnectionId") == peering
        }
        for table in client("ec2", REGION).describe_route_tables(Filters=where)["RouteTables"]
        for tag in table["Tags"]
        if tag["Key"] == "Name"
    }


def active(client):
    """The peering connections that AWS has, without those that it still lists as deleted."""
    found = client("ec2", REGION).describe_vpc_peering_connections()["VpcPeeringConnections"]
    return [one for one in found if one["Status"]["Code"] == "active"]


@pytest.fixture(scope="module")
def seen(life, client):
    """The two networks: brought up, left alone, read back and taken down."""
    with pytest.MonkeyPatch.context() as patched:
        # A user has the package installed; here it is the checkout's own.
        patched.setitem(sys.modules, "dualstack", components)
        stack = life("peering", {"aws:region": REGION}, program)
        found = SimpleNamespace(before=inventory(client, REGION))
        found.up = stack.run("up")
        [found.peering] = active(client)
        found.routes = routes(client, found.peering["VpcPeeringConnectionId"])
        found.vpcs = {
            one["VpcId"]: {
                one["CidrBlock"],
                *(block["Ipv6CidrBlock"] for block in one["Ipv6CidrBlockAssociationSet"]),
            }
            for one in client("ec2", REGION).describe_vpcs()["Vpcs"]
            if one.get("Ipv6CidrBlockAssociationSet")
        }
        found.again, found.refreshed = stack.run("up"), stack.run("refresh")
        stack.run("down")
        found.left, found.after = active(client), inventory(client, REGION)
    return found


def test_each_zone_of_both_networks_reaches_the_other_in_both_families(seen):
    of_cluster = seen.vpcs[seen.peering["RequesterVpcInfo"]["VpcId"]]
    of_shared = seen.vpcs[seen.peering["AccepterVpcInfo"]["VpcId"]]

    assert seen.routes == {
        **{f"cluster-private-{zone}": of_shared for zone in ZONES},
        **{f"shared-private-{zone}": of_cluster for zone in ZONES},
    }
    assert {len(of_cluster), len(of_shared)} == {2}


def test_the_connection_is_made_once_and_has_its_name(seen):
    assert "VpcPeeringConnection cluster-shared" in seen.up[OpType.CREATE]
    assert seen.peering["Tags"] == [{"Key": "Name", "Value": "cluster-shared"}]


def test_a_second_up_and_a_refresh_change_nothing(seen):
    assert (seen.again.changes, seen.refreshed.changes) == ({}, {})


def test_nothing_is_left(seen):
    assert seen.left == []
    assert seen.after == seen.before
