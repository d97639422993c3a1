"""A cluster in a VPC that exists: what is made in it, and what is left alone."""

import logging

import pulumi
import pytest
from pulumi_aws import ec2

from components import Cluster

NETWORK = {
    "vpc_id": "vpc-0a1b2c3d4e5f60718",
    "ipv4_ranges": ["10.40.0.0/16", "100.64.0.0/16"],
    "ipv6_range": "2001:db8:40::/56",
    "private_subnets": {
        "eu-west-1b": {
            "id": "subnet-0a1b2c3d4e5f60712",
            "ipv4_range": "10.40.32.0/20",
            "ipv6_range": "2001:db8:40:2::/64",
        },
        "eu-west-1a": {
            "id": "subnet-0a1b2c3d4e5f60711",
            "ipv4_range": "100.64.16.0/20",
            "ipv6_range": "2001:db8:40:1::/64",
        },
    },
}
PUBLIC = {
    **NETWORK,
    "public_subnets": {
        "eu-west-1a": {
            "id": "subnet-0a1b2c3d4e5f60721",
            "ipv4_range": "10.40.1.0/24",
            "ipv6_range": "2001:db8:40:11::/64",
        },
        "eu-west-1b": {
            "id": "subnet-0a1b2c3d4e5f60722",
            "ipv4_range": "10.40.2.0/24",
            "ipv6_range": "2001:db8:40:12::/64",
        },
    },
    "nat_addresses": {"eu-west-1a": "203.0.113.7"},
}
ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "existing_network": NETWORK,
    "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
    "workers": {"general": {}},
}
INTERNET_FACING = {**ARGS["api"], "scheme": "internet-facing"}


def outputs(made):
    return {
        "vpc_id": made.vpc_id,
        "public_subnet_ids": made.public_subnet_ids,
        "private_subnet_ids": made.private_subnet_ids,
        "address_plan": made.address_plan,
    }


def cluster(**args):
    """A program that makes one cluster and returns its outputs."""
    return lambda: outputs(Cluster("prod", {**ARGS, **args}))


@pytest.fixture(scope="module")
def standing(deploy):
    return deploy(cluster())


def kinds(deployment):
    return {key.split()[0] for key in deployment.resources}


def test_nothing_of_a_network_is_made(standing):
    networks = {"Network", "Vpc", "Subnet", "Route", "RouteTable", "NatGateway", "InternetGateway"}

    assert kinds(standing) & (networks | {"Tag", "VpcEndpoint", "DefaultSecurityGroup"}) == set()


def test_machines_stand_in_the_private_subnets_in_the_order_of_the_zones(standing):
    machines = {name: made["subnetId"] for name, made in standing.all("Instance").items()}

    assert machines == {
        "prod-control-plane-0": "subnet-0a1b2c3d4e5f60711",
        "prod-control-plane-1": "subnet-0a1b2c3d4e5f60712",
        "prod-control-plane-2": "subnet-0a1b2c3d4e5f60711",
    }
    assert standing.one("Group")["vpcZoneIdentifiers"] == [
        "subnet-0a1b2c3d4e5f60711",
        "subnet-0a1b2c3d4e5f60712",
    ]


def test_everything_is_in_the_vpc(standing):
    groups = {made["vpcId"] for made in standing.all("SecurityGroup").values()}

    assert groups == {"vpc-0a1b2c3d4e5f60718"}
    assert standing.one("TargetGroup")["vpcId"] == "vpc-0a1b2c3d4e5f60718"


def test_node_ports_are_open_to_every_range_of_the_vpc(standing):
    rules = standing.all("SecurityGroupIngressRule")

    opened = {
        made.get("cidrIpv4") or made.get("cidrIpv6")
        for name, made in rules.items()
        if name.startswith("prod-worker-node-ports-tcp-from-vpc")
    }

    assert opened == {"10.40.0.0/16", "100.64.0.0/16", "2001:db8:40::/56"}


def test_an_internal_api_is_in_the_private_subnets(standing):
    balancer = standing.one("LoadBalancer")

    assert (balancer["internal"], balancer["subnets"]) == (
        True,
        ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"],
    )


def test_an_internet_facing_api_is_in_the_public_subnets_and_admits_the_machines_addresses(deploy):
    deployment = deploy(cluster(existing_network=PUBLIC, api=INTERNET_FACING))

    rules = deployment.all("SecurityGroupIngressRule")
    assert deployment.one("LoadBalancer")["subnets"] == [
        "subnet-0a1b2c3d4e5f60721",
        "subnet-0a1b2c3d4e5f60722",
    ]
    assert rules["prod-load-balancer-api-from-api-clients-nat-eu-west-1a"]["cidrIpv4"] == (
        "203.0.113.7/32"
    )


def test_subnets_are_tagged_only_if_that_is_allowed(deploy):
    deployment = deploy(cluster(existing_network={**PUBLIC, "tag_subnets": True}))

    tags = {
        name: (made["resourceId"], made["key"], made["value"])
        for name, made in deployment.all("Tag").items()
    }

    assert tags == {
        "prod-public-eu-west-1a-cluster": (
            "subnet-0a1b2c3d4e5f60721",
            "kubernetes.io/cluster/prod",
            "shared",
        ),
        "prod-public-eu-west-1a-role": (
            "subnet-0a1b2c3d4e5f60721",
            "kubernetes.io/role/elb",
            "1",
        ),
        "prod-public-eu-west-1b-cluster": (
            "subnet-0a1b2c3d4e5f60722",
            "kubernetes.io/cluster/prod",
            "shared",
        ),
        "prod-public-eu-west-1b-role": (
            "subnet-0a1b2c3d4e5f60722",
            "kubernetes.io/role/elb",
            "1",
        ),
        "prod-private-eu-west-1a-cluster": (
            "subnet-0a1b2c3d4e5f60711",
            "kubernetes.io/cluster/prod",
            "shared",
        ),
        "prod-private-eu-west-1a-role": (
            "subnet-0a1b2c3d4e5f60711",
            "kubernetes.io/role/internal-elb",
            "1",
        ),
        "prod-private-eu-west-1b-cluster": (
            "subnet-0a1b2c3d4e5f60712",
            "kubernetes.io/cluster/prod",
            "shared",
        ),
        "prod-private-eu-west-1b-role": (
            "subnet-0a1b2c3d4e5f60712",
            "kubernetes.io/role/internal-elb",
            "1",
        ),
    }


def test_the_outputs_are_those_of_a_network_that_is_made(standing):
    assert standing.outputs["vpc_id"] == "vpc-0a1b2c3d4e5f60718"
    assert standing.outputs["public_subnet_ids"] == {}
    assert standing.outputs["private_subnet_ids"] == {
        "eu-west-1a": "subnet-0a1b2c3d4e5f60711",
        "eu-west-1b": "subnet-0a1b2c3d4e5f60712",
    }
    plan = [tuple(row.values()) for row in standing.outputs["address_plan"]]
    assert plan[:2] == [
        ("private", "eu-west-1a", "100.64.16.0/20", "2001:db8:40:1::/64"),
        ("private", "eu-west-1b", "10.40.32.0/20", "2001:db8:40:2::/64"),
    ]
    assert [row[0] for row in plan[2:]] == ["pods", "services"]


def of_the_same_program():
    """A VPC of the team's own, and a cluster in it: no id and no IPv6 range is known in a preview."""
    vpc = ec2.Vpc("team", cidr_block="10.40.0.0/16", assign_generated_ipv6_cidr_block=True)
    block = vpc.ipv6_cidr_block.apply(lambda known: known.replace("::/56", "::/64"))
    subnet = ec2.Subnet("team-a", vpc_id=vpc.id, cidr_block="10.40.0.0/20", ipv6_cidr_block=block)
    # Ids of the stand-in for the cloud are labels, and those of AWS have a form of their own.
    vpc_id, subnet_id = vpc.id.apply(lambda _: VPC), subnet.id.apply(lambda _: A)
    network = {
        "vpc_id": vpc_id,
        "ipv4_ranges": ["10.40.0.0/16"],
        "ipv6_range": vpc.ipv6_cidr_block,
        "private_subnets": {
            "eu-west-1a": {"id": subnet_id, "ipv4_range": "10.40.0.0/20", "ipv6_range": block}
        },
    }
    return outputs(Cluster("prod", {**ARGS, "existing_network": network}))


def test_ids_and_ipv6_ranges_may_come_from_other_resources(deploy):
    deployment = deploy(of_the_same_program)

    assert deployment.one("TargetGroup")["vpcId"] == VPC
    assert deployment.one("Group")["vpcZoneIdentifiers"] == [A]
    assert deployment.outputs["address_plan"][0] == {
        "tier": "private",
        "zone": "eu-west-1a",
        "ipv4": "10.40.0.0/20",
        "ipv6": "2600:1f14:db8::/64",
    }


def test_a_preview_in_a_vpc_that_is_not_there_yet_shows_everything(deploy):
    previewed, made = deploy(of_the_same_program, preview=True), deploy(of_the_same_program)

    assert sorted(previewed.resources) == sorted(made.resources)
    assert previewed.one("LaunchTemplate")["userData"] == made.one("LaunchTemplate")["userData"]


def test_the_plan_of_a_preview_says_which_ranges_are_known_later(deploy, caplog):
    with caplog.at_level(logging.INFO):
        deploy(of_the_same_program, preview=True)

    [plan] = [text for text in caplog.messages if "The address plan:" in text]
    assert "private   eu-west-1a  10.40.0.0/20   known later" in plan


def test_what_is_known_of_a_vpc_is_held_against_the_rest_although_its_ids_are_not(refused):
    def program():
        later = pulumi.Output.from_input("vpc-0a1b2c3d4e5f60718")
        Cluster(
            "prod",
            {
                **ARGS,
                "existing_network": {**NETWORK, "vpc_id": later},
                "pods": {"ipv4_range": "10.40.0.0/16"},
            },
        )

    assert refused(program)[1:] == [
        "pods.ipv4_range: 10.40.0.0/16 is also existing_network.ipv4_ranges[0]; choose a range outside it"
    ]


def test_what_decides_which_subnets_are_used_must_be_plain(refused):
    def program():
        later = pulumi.Output.from_input(NETWORK["private_subnets"])
        Cluster("prod", {**ARGS, "existing_network": {**NETWORK, "private_subnets": later}})

    assert refused(program)[1:] == [
        "existing_network.private_subnets: it is an output or a secret, and this field is checked with all others before anything "
        "is made, so it must be known by then; write a plain value, or read one from the configuration"
    ]


VPC, A, B = "vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"
ACCOUNT = {
    VPC: {
        "cidrBlock": "10.40.0.0/16",
        "cidrBlockAssociations": [
            {"cidrBlock": "10.40.0.0/16", "state": "associated"},
            {"cidrBlock": "100.64.0.0/16", "state": "associated"},
        ],
        "ipv6CidrBlockAssociations": [{"ipv6CidrBlock": "2001:db8:40::/56", "state": "associated"}],
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
    },
    A: {
        "vpcId": VPC,
        "availabilityZone": "eu-west-1a",
        "cidrBlock": "100.64.16.0/20",
        "ipv6CidrBlock": "2001:db8:40:1::/64",
    },
    B: {
        "vpcId": VPC,
        "availabilityZone": "eu-west-1b",
        "cidrBlock": "10.40.32.0/20",
        "ipv6CidrBlock": "2001:db8:40:2::/64",
    },
}


def test_what_is_written_must_be_what_aws_has(refused):
    account = {
        VPC: {
            **ACCOUNT[VPC],
            "cidrBlockAssociations": [
                {"cidrBlock": "10.40.0.0/16", "state": "associated"},
                {"cidrBlock": "10.41.0.0/16", "state": "associated"},
            ],
            "ipv6CidrBlockAssociations": [
                {"ipv6CidrBlock": "2001:db8:41::/56", "state": "associated"}
            ],
            "enableDnsHostnames": False,
        },
        A: {**ACCOUNT[A], "vpcId": "vpc-00000000", "ipv6CidrBlock": ""},
        B: {**ACCOUNT[B], "availabilityZone": "eu-west-1c", "cidrBlock": "10.40.48.0/20"},
    }

    private = "existing_network.private_subnets"
    assert refused(cluster(), account=account) == [
        "The configuration has 8 faults; nothing was changed.",
        f"existing_network.ipv4_ranges[1]: 100.64.0.0/16 is no range of {VPC}, which has 10.40.0.0/16, 10.41.0.0/16",
        f"existing_network.ipv4_ranges: {VPC} has 10.41.0.0/16 too, and pods and Services must keep clear of it; add it",
        f"existing_network.ipv6_range: {VPC} has 2001:db8:41::/56, not 2001:db8:40::/56; write what it has",
        f"existing_network.vpc_id: {VPC} has enable_dns_hostnames off, and machines find each other by name; let its owner turn it on",
        f"{private}.eu-west-1a.id: {A} is in vpc-00000000, and vpc_id is {VPC}; name a subnet of that VPC",
        f"{private}.eu-west-1a.ipv6_range: {A} has no IPv6 range, so it is not dual-stack; its owner can give it one",
        f"{private}.eu-west-1b: {B} is in eu-west-1c; write it under that zone",
        f"{private}.eu-west-1b.ipv4_range: {B} has 10.40.48.0/20, not 10.40.32.0/20; write 10.40.48.0/20",
    ]


def test_a_vpc_and_a_subnet_that_are_not_there_are_named(refused):
    account = {VPC: None, A: ACCOUNT[A], B: None}

    assert refused(cluster(), account=account)[1:] == [
        f"existing_network.vpc_id: {VPC} is not in this account and region; name one that is",
        f"existing_network.private_subnets.eu-west-1b.id: {B} is not in this account and region; name one that is",
    ]


def test_where_the_account_may_not_be_asked_a_warning_says_what_was_not_checked(deploy, caplog):
    with caplog.at_level(logging.WARNING):
        deploy(cluster())

    [said] = [text for text in caplog.messages if "cannot be looked up" in text]
    assert "only what is written was checked" in said
    assert "It takes ec2:DescribeVpcs, " in said
    assert "UnauthorizedOperation" in said


def test_an_account_that_does_not_answer_is_not_said_to_lack_permissions(
    deploy, caplog, monkeypatch
):
    def cut(**_):
        raise Exception("read tcp: connection reset by peer")  # noqa: TRY002 as the SDK does

    monkeypatch.setattr("components.vpc_look_up.ec2.get_vpc", cut)

    with caplog.at_level(logging.WARNING):
        deploy(cluster())

    [said] = [text for text in caplog.messages if "cannot be looked up" in text]
    assert said == (
        "existingNetwork: what AWS says of it cannot be looked up, so only what is written was checked. The answer was: read tcp: "
        "connection reset by peer"
    )


OUT = [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}]
BOTH = [*OUT, {"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": "eigw-1"}]


def said_of_routes(deploy, caplog, routes, **network):
    """The warnings on routes of a cluster whose account has these by subnet, or by VPC for the main table."""
    account = {
        key: {**known, "routes": routes[key]} if key in routes else known
        for key, known in ACCOUNT.items()
    }
    with caplog.at_level(logging.WARNING):
        deploy(cluster(existing_network={**NETWORK, **network}), account=account)
    return [text for text in caplog.messages if "route" in text]


def test_a_subnet_without_a_default_route_of_a_family_is_named(deploy, caplog):
    routes = {A: OUT, B: [{"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": "eigw-1"}]}
    private = "existing_network.private_subnets"

    assert said_of_routes(deploy, caplog, routes) == [
        f"{private}.eu-west-1a: rtb-1, the route table of {A}, has no default route for IPv6, so machines in it reach nothing outside "
        "over IPv6; let its owner add ::/0. Ignore this if a virtual private gateway propagates one, which is not listed",
        f"{private}.eu-west-1b: rtb-1, the route table of {B}, has no default route for IPv4, so machines in it reach nothing outside "
        "over IPv4; let its owner add 0.0.0.0/0, or write ipv4_egress: false. Ignore this if a virtual private gateway propagates one, "
        "which is not listed",
    ]


def test_a_subnet_without_a_table_of_its_own_uses_the_main_one(deploy, caplog):
    assert said_of_routes(deploy, caplog, {VPC: BOTH}) == []


def test_nothing_is_said_of_routes_that_are_not_known(deploy, caplog):
    listed = [{"destinationPrefixListId": "pl-1", "transitGatewayId": "tgw-1"}]

    assert said_of_routes(deploy, caplog, {A: listed, B: BOTH}) == []


def test_where_routes_cannot_be_looked_up_a_warning_says_so_and_no_subnet_is_named(deploy, caplog):
    assert said_of_routes(deploy, caplog, {A: []}) == [
        "existingNetwork: the routes of its subnets cannot be looked up, so they were not checked: invoke of "
        "aws:ec2/getRouteTable:getRouteTable failed: no matching EC2 RouteTable found"
    ]


def test_ids_that_other_resources_give_are_not_asked_for(deploy, caplog):
    with caplog.at_level(logging.INFO):
        deployment = deploy(of_the_same_program)

    asked = {call.token.rpartition(":")[2] for call in deployment.looked_up}
    assert not asked & {"getVpc", "getSubnet", "getRouteTable"}
    assert any("ids that other resources give are not compared" in text for text in caplog.messages)
