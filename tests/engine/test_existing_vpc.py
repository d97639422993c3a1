"""The example of a VPC that another stack made, on the real engine: a cluster comes and goes, and the VPC stays as it was."""

import runpy
import sys
from types import SimpleNamespace

import pytest
from pulumi.automation import OpType

import components
from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import CHECKOUT, Run
from tests.engine.inventory import counted, inventory

EXAMPLE = CHECKOUT / "examples/existing-vpc"
REGION = "eu-west-1"


def program(folder):
    """The program in a folder, as the engine runs it."""
    return lambda: runpy.run_path(str(folder / "__main__.py"), run_name="__main__")


def tags_of_subnets(client):
    subnets = client("ec2", REGION).describe_subnets()["Subnets"]
    return {
        tags["Name"]: {key: value for key, value in tags.items() if key != "Name"}
        for subnet in subnets
        for tags in [{tag["Key"]: tag["Value"] for tag in subnet.get("Tags", ())}]
        if tags.get("Name", "").startswith("team-")
    }


def in_plain_words(client):
    """A stack's file that names the same VPC by its ids."""
    ec2 = client("ec2", REGION)
    subnets = {
        tag["Value"]: subnet
        for subnet in ec2.describe_subnets()["Subnets"]
        for tag in subnet.get("Tags", ())
        if tag["Key"] == "Name" and tag["Value"].startswith("team-private-")
    }
    vpc_id = subnets["team-private-eu-west-1a"]["VpcId"]
    [vpc] = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return {
        "aws:region": REGION,
        "dualstack:cluster": {"name": "plain", "kubernetesVersion": "1.36"},
        "dualstack:existingNetwork": {
            "vpcId": vpc_id,
            "ipv4Ranges": ["10.40.0.0/16"],
            "ipv6Range": vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"],
            "privateSubnets": {
                subnet["AvailabilityZone"]: {
                    "id": subnet["SubnetId"],
                    "ipv4Range": subnet["CidrBlock"],
                    "ipv6Range": subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"],
                }
                for subnet in subnets.values()
            },
        },
        "dualstack:api": {"allowedCidrs": ["10.40.0.0/16", "2001:db8:1::/48"]},
        "dualstack:addons": {"cni": False, "cloudController": False},
    }


def refusal(life, client):
    """What is said of the same file with a subnet's zones exchanged and a VPC that is not there."""
    config = in_plain_words(client)
    network = config["dualstack:existingNetwork"]
    private = network["privateSubnets"]
    private["eu-west-1a"], private["eu-west-1b"] = private["eu-west-1b"], private["eu-west-1a"]
    network["vpcId"] = "vpc-00000000000000000"
    run = Run()
    with pytest.raises(RunFailedError) as error:
        life("refused", config).engine.preview(run.on_event)
    return f"{error.value}\n{run.progress.failures}"


def without_a_route(stack, client):
    """What a preview warns of while the private subnets have no default route of IPv6."""
    ec2 = client("ec2", REGION)
    [subnet] = ec2.describe_subnets(
        Filters=[{"Name": "tag:Name", "Values": ["team-private-eu-west-1a"]}]
    )["Subnets"]
    where = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    [table] = ec2.describe_route_tables(Filters=where)["RouteTables"]
    [route] = [one for one in table["Routes"] if one.get("DestinationIpv6CidrBlock") == "::/0"]
    at = {"RouteTableId": table["RouteTableId"], "DestinationIpv6CidrBlock": "::/0"}
    ec2.delete_route(**at)
    warnings = stack.run("preview").progress.warnings
    ec2.create_route(EgressOnlyInternetGatewayId=route["EgressOnlyInternetGatewayId"], **at)
    return [text for text in warnings if table["RouteTableId"] in text]


@pytest.fixture(scope="module")
def seen(life, client):
    """The VPC; a cluster in it: previewed, brought up, left alone, taken down; and the VPC once more."""
    with pytest.MonkeyPatch.context() as patched:
        # A user has the package installed; here it is the checkout's own.
        patched.setitem(sys.modules, "dualstack", components)
        team = life("team", {"aws:region": REGION}, program(EXAMPLE / "network"))
        config = {
            "aws:region": REGION,
            "dualstack:networkStack": "organization/dualstack/team",
        }
        guest = life("guest", config, program(EXAMPLE))
        found = SimpleNamespace()
        team.run("up")
        found.before = inventory(client, REGION)
        guest.run("preview")
        found.up = guest.run("up")
        found.during, found.tagged = inventory(client, REGION), tags_of_subnets(client)
        found.again = guest.run("preview")
        found.team_again = team.run("preview")
        plain = life("plain", in_plain_words(client))
        found.plain = plain.run("preview")
        found.cut_off = without_a_route(plain, client)
        found.refused = refusal(life, client)
        guest.run("down")
        found.after, found.untagged = inventory(client, REGION), tags_of_subnets(client)
        team.run("down")
    return found


def test_a_cluster_stands_in_the_vpc_and_makes_nothing_of_a_network(seen):
    made = counted(seen.during - seen.before)

    assert made["Instances"] >= 1
    assert made["LoadBalancers"] == 1
    assert not made.keys() & {"Vpcs", "Subnets", "RouteTables", "NatGateways", "InternetGateways"}


def test_nothing_changes_in_a_second_preview_of_either_stack(seen):
    assert seen.again.changes == {}
    assert seen.team_again.changes == {}


def test_the_subnets_of_machines_are_tagged_while_the_cluster_is_there(seen):
    tags = {"kubernetes.io/cluster/guest": "shared", "kubernetes.io/role/internal-elb": "1"}

    assert seen.tagged == {
        "team-private-eu-west-1a": tags,
        "team-private-eu-west-1b": tags,
        "team-public-eu-west-1a": {},
    }
    assert set(map(str, seen.untagged.values())) == {"{}"}


def test_the_vpc_is_as_it_was_when_the_cluster_is_gone(seen):
    assert seen.after == seen.before


def test_every_tag_is_a_resource_of_the_cluster(seen):
    tags = {name for name in seen.up[OpType.CREATE] if name.startswith("Tag ")}

    assert tags == {
        "Tag guest-private-eu-west-1a-cluster",
        "Tag guest-private-eu-west-1a-role",
        "Tag guest-private-eu-west-1b-cluster",
        "Tag guest-private-eu-west-1b-role",
    }


def test_ids_in_a_stacks_file_are_compared_with_what_aws_has(seen):
    assert not seen.plain.progress.failures
    assert not [text for text in seen.plain.progress.warnings if "route" in text]
    for said in (
        "existingNetwork.vpcId: vpc-00000000000000000 is not in this account and region; name one that is",
        "is in eu-west-1b; write it under that zone",
        "is in eu-west-1a; write it under that zone",
    ):
        assert said in seen.refused


def test_a_preview_names_each_subnet_whose_default_route_is_gone(seen):
    assert len(seen.cut_off) == 2
    for zone, text in zip(("eu-west-1a", "eu-west-1b"), seen.cut_off, strict=True):
        assert text.startswith(f"existingNetwork.privateSubnets.{zone}: rtb-")
        assert "has no default route for IPv6" in text
