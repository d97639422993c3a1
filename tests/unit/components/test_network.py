"""The network, as AWS is asked for it."""

import pulumi
import pulumi_aws
import pytest
from pulumi_aws import ssm

from components import Network

ONE_ZONE = {"zones": ["eu-west-1a"]}
THREE_ZONES = {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]}


def network(args, name="net", opts=None):
    """A program that makes one network and returns its outputs."""

    def program():
        made = Network(name, args, opts)
        return {
            "vpc_id": made.vpc_id,
            "ipv6_range": made.ipv6_range,
            "public_subnet_ids": made.public_subnet_ids,
            "private_subnet_ids": made.private_subnet_ids,
            "nat_addresses": made.nat_addresses,
            "address_plan": made.address_plan,
        }

    return program


def test_a_network_needs_nothing_but_its_zones(deploy):
    deployment = deploy(network(ONE_ZONE))

    assert sorted(deployment.resources) == [
        "DefaultSecurityGroup net-default",
        "EgressOnlyInternetGateway net",
        "Eip net-eu-west-1a",
        "InternetGateway net",
        "NatGateway net-eu-west-1a",
        "Network net",
        "Route net-private-eu-west-1a-ipv4",
        "Route net-private-eu-west-1a-ipv6",
        "Route net-public-ipv4",
        "Route net-public-ipv6",
        "RouteTable net-private-eu-west-1a",
        "RouteTable net-public",
        "RouteTableAssociation net-private-eu-west-1a",
        "RouteTableAssociation net-public-eu-west-1a",
        "Subnet net-private-eu-west-1a",
        "Subnet net-public-eu-west-1a",
        "Vpc net",
        "VpcEndpoint net-s3-gateway",
    ]


def test_every_part_of_a_network_is_its_child(deploy):
    deployment = deploy(
        network(
            {
                **THREE_ZONES,
                "ipv6": {
                    "source": "byoip",
                    "pool_id": "ipv6pool-ec2-0a1b2c3d4e5f60718",
                    "range": "2600:1f14:db8::/56",
                },
                "endpoints": {"interfaces": ["ssm"]},
                "flow_logs": {"destination": "cloudWatch"},
            }
        )
    )

    parents = {key: made.parent for key, made in deployment.resources.items()}

    assert parents.pop("Network net") == "Stack dualstack-test"
    assert set(parents.values()) == {"Network net"}


def test_a_vpc_asks_amazon_for_its_ipv6_range_and_has_dns_names(deploy):
    deployment = deploy(network(ONE_ZONE))

    assert deployment.one("Vpc") == {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": True,
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"Name": "net"},
    }


@pytest.mark.parametrize(
    ("ipv6", "asked"),
    [
        pytest.param(
            {"source": "ipam", "pool_id": "ipam-pool-0a1b2c3d4e5f60718", "netmask_length": 52},
            {"ipv6IpamPoolId": "ipam-pool-0a1b2c3d4e5f60718", "ipv6NetmaskLength": 52},
            id="ipam-by-size",
        ),
        pytest.param(
            {
                "source": "ipam",
                "pool_id": "ipam-pool-0a1b2c3d4e5f60718",
                "range": "2600:1f14:db8::/56",
            },
            {
                "ipv6IpamPoolId": "ipam-pool-0a1b2c3d4e5f60718",
                "ipv6CidrBlock": "2600:1f14:db8::/56",
            },
            id="ipam-by-range",
        ),
        pytest.param(
            {
                "source": "byoip",
                "pool_id": "ipv6pool-ec2-0a1b2c3d4e5f60718",
                "range": "2600:1f14:db8::/56",
            },
            {},
            id="byoip",
        ),
    ],
)
def test_a_vpc_takes_its_ipv6_range_from_a_pool(deploy, ipv6, asked):
    deployment = deploy(network({**ONE_ZONE, "ipv6": ipv6}))

    vpc = deployment.one("Vpc")
    of_ipv6 = {
        key: value
        for key, value in vpc.items()
        if "pv6" in key and key != "assignGeneratedIpv6CidrBlock"
    }

    assert of_ipv6 == asked
    assert "assignGeneratedIpv6CidrBlock" not in vpc


@pytest.mark.parametrize(
    ("ipv6", "ignored"),
    [
        pytest.param({}, [], id="amazon"),
        pytest.param(
            {
                "source": "byoip",
                "pool_id": "ipv6pool-ec2-0a1b2c3d4e5f60718",
                "range": "2600:1f14:db8::/56",
            },
            ["ipv6IpamPoolId", "ipv6NetmaskLength"],
            id="byoip",
        ),
        pytest.param(
            {
                "source": "ipam",
                "pool_id": "ipam-pool-0a1b2c3d4e5f60718",
                "range": "2600:1f14:db8::/56",
            },
            ["ipv6NetmaskLength"],
            id="ipam-by-range",
        ),
        pytest.param(
            {"source": "ipam", "pool_id": "ipam-pool-0a1b2c3d4e5f60718", "netmask_length": 52},
            [],
            id="ipam-by-size",
        ),
    ],
)
def test_what_the_provider_reads_back_unasked_is_not_taken_away(deploy, ipv6, ignored):
    deployment = deploy(network({**ONE_ZONE, "ipv6": ipv6}))

    assert deployment.resources["Vpc net"].ignored == ignored


def test_a_range_of_ones_own_is_associated_and_the_subnets_wait_for_it(deploy):
    deployment = deploy(
        network(
            {
                **ONE_ZONE,
                "ipv6": {
                    "source": "byoip",
                    "pool_id": "ipv6pool-ec2-0a1b2c3d4e5f60718",
                    "range": "2600:1f14:77::/56",
                },
            }
        )
    )

    assert deployment.all("VpcIpv6CidrBlockAssociation") == {
        "net-ipv6": {
            "vpcId": "Vpc net",
            "ipv6Pool": "ipv6pool-ec2-0a1b2c3d4e5f60718",
            "ipv6CidrBlock": "2600:1f14:77::/56",
        }
    }
    subnet = deployment.resources["Subnet net-private-eu-west-1a"]
    assert subnet.inputs["ipv6CidrBlock"] == "2600:1f14:77:8::/64"
    assert "VpcIpv6CidrBlockAssociation net-ipv6" in subnet.waits_for


def test_each_zone_gets_a_public_and_a_private_subnet_with_blocks_of_both_families(deploy):
    deployment = deploy(network({"zones": ["eu-west-1a", "eu-west-1b"]}))

    blocks = {
        name: (subnet["availabilityZone"], subnet["cidrBlock"], subnet["ipv6CidrBlock"])
        for name, subnet in deployment.all("Subnet").items()
    }

    assert blocks == {
        "net-public-eu-west-1a": ("eu-west-1a", "10.0.224.0/22", "2600:1f14:db8::/64"),
        "net-public-eu-west-1b": ("eu-west-1b", "10.0.228.0/22", "2600:1f14:db8:1::/64"),
        "net-private-eu-west-1a": ("eu-west-1a", "10.0.0.0/19", "2600:1f14:db8:8::/64"),
        "net-private-eu-west-1b": ("eu-west-1b", "10.0.32.0/19", "2600:1f14:db8:9::/64"),
    }


def test_the_smallest_ranges_still_hold_six_zones(deploy):
    zones = [f"eu-west-1{letter}" for letter in "abcdef"]
    deployment = deploy(
        network({"zones": zones, "ipv4_range": "10.9.0.0/20"}),
        made={"Vpc net": {"ipv6CidrBlock": "2600:1f14:db8:40::/60"}},
    )

    last = deployment.all("Subnet")

    assert last["net-public-eu-west-1f"]["cidrBlock"] == "10.9.15.64/26"
    assert last["net-public-eu-west-1f"]["ipv6CidrBlock"] == "2600:1f14:db8:45::/64"
    assert last["net-private-eu-west-1f"]["cidrBlock"] == "10.9.10.0/23"
    assert last["net-private-eu-west-1f"]["ipv6CidrBlock"] == "2600:1f14:db8:4d::/64"


def test_a_machine_in_a_subnet_gets_an_ipv6_address_and_a_name_with_both_records(deploy):
    deployment = deploy(network(ONE_ZONE))

    subnets = deployment.all("Subnet")
    assert len(subnets) == 2
    for subnet in subnets.values():
        assert subnet["assignIpv6AddressOnCreation"] is True
        assert subnet["privateDnsHostnameTypeOnLaunch"] == "resource-name"
        assert subnet["enableResourceNameDnsARecordOnLaunch"] is True
        assert subnet["enableResourceNameDnsAaaaRecordOnLaunch"] is True
        assert "mapPublicIpOnLaunch" not in subnet
        assert "enableDns64" not in subnet


def test_subnets_say_which_load_balancers_they_are_for_and_whose_they_are(deploy):
    deployment = deploy(network({**ONE_ZONE, "cluster_name": "prod", "tags": {"team": "platform"}}))

    tags = {name: subnet["tags"] for name, subnet in deployment.all("Subnet").items()}

    assert tags == {
        "net-public-eu-west-1a": {
            "Name": "net-public-eu-west-1a",
            "team": "platform",
            "kubernetes.io/cluster/prod": "owned",
            "kubernetes.io/role/elb": "1",
        },
        "net-private-eu-west-1a": {
            "Name": "net-private-eu-west-1a",
            "team": "platform",
            "kubernetes.io/cluster/prod": "owned",
            "kubernetes.io/role/internal-elb": "1",
        },
    }


def test_a_network_alone_belongs_to_no_cluster(deploy):
    deployment = deploy(network(ONE_ZONE))

    keys = {key for subnet in deployment.all("Subnet").values() for key in subnet["tags"]}

    assert keys == {"Name", "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"}


def test_the_default_security_group_is_emptied(deploy):
    deployment = deploy(network(ONE_ZONE))

    assert deployment.one("DefaultSecurityGroup") == {
        "vpcId": "Vpc net",
        "ingress": [],
        "egress": [],
        "tags": {"Name": "net-default"},
    }


def test_only_the_vpc_is_protected(deploy):
    deployment = deploy(network({**ONE_ZONE, "protect": True}))

    assert [key for key, made in deployment.resources.items() if made.protect] == ["Vpc net"]


def test_nothing_is_protected_unless_asked_for(deploy):
    deployment = deploy(network(ONE_ZONE))

    assert [key for key, made in deployment.resources.items() if made.protect] == []


def test_everything_that_can_be_tagged_is(deploy):
    deployment = deploy(
        network(
            {
                **ONE_ZONE,
                "tags": {"team": "platform"},
                "endpoints": {"interfaces": ["ssm"]},
                "flow_logs": {"destination": "cloudWatch"},
            }
        )
    )

    untagged = {
        key.partition(" ")[0]
        for key, made in deployment.resources.items()
        if made.inputs.get("tags", {}).get("team") != "platform"
    }

    assert untagged == {"RolePolicy", "Route", "RouteTableAssociation"}


def test_outputs_name_the_subnets_of_each_zone_and_where_nodes_come_from(deploy):
    deployment = deploy(
        network({"zones": ["eu-west-1b", "eu-west-1a"]}),
        made={
            "Eip net-eu-west-1a": {"publicIp": "198.51.100.1"},
            "Eip net-eu-west-1b": {"publicIp": "198.51.100.2"},
        },
    )

    assert deployment.outputs == {
        "vpc_id": "Vpc net",
        "ipv6_range": "2600:1f14:db8::/56",
        "public_subnet_ids": {
            "eu-west-1b": "Subnet net-public-eu-west-1b",
            "eu-west-1a": "Subnet net-public-eu-west-1a",
        },
        "private_subnet_ids": {
            "eu-west-1b": "Subnet net-private-eu-west-1b",
            "eu-west-1a": "Subnet net-private-eu-west-1a",
        },
        "nat_addresses": {"eu-west-1b": "198.51.100.2", "eu-west-1a": "198.51.100.1"},
        "address_plan": [
            {
                "tier": "public",
                "zone": "eu-west-1b",
                "ipv4": "10.0.228.0/22",
                "ipv6": "2600:1f14:db8:1::/64",
            },
            {
                "tier": "private",
                "zone": "eu-west-1b",
                "ipv4": "10.0.32.0/19",
                "ipv6": "2600:1f14:db8:9::/64",
            },
            {
                "tier": "public",
                "zone": "eu-west-1a",
                "ipv4": "10.0.224.0/22",
                "ipv6": "2600:1f14:db8::/64",
            },
            {
                "tier": "private",
                "zone": "eu-west-1a",
                "ipv4": "10.0.0.0/19",
                "ipv6": "2600:1f14:db8:8::/64",
            },
        ],
    }


@pytest.mark.parametrize(
    "ipv6",
    [
        pytest.param({}, id="amazon"),
        pytest.param(
            {"source": "ipam", "pool_id": "ipam-pool-0a1b2c3d4e5f60718", "netmask_length": 56},
            id="ipam-by-size",
        ),
    ],
)
def test_a_preview_shows_every_part_while_the_ipv6_range_is_unknown(deploy, ipv6):
    args = {
        **THREE_ZONES,
        "ipv6": ipv6,
        "endpoints": {"interfaces": ["ssm"]},
        "flow_logs": {"destination": "cloudWatch"},
    }

    previewed = deploy(network(args), preview=True)
    deployed = deploy(network(args))

    assert sorted(previewed.resources) == sorted(deployed.resources)
    subnet = previewed.all("Subnet")["net-private-eu-west-1b"]
    assert (subnet["cidrBlock"], subnet["ipv6CidrBlock"]) == ("10.0.32.0/19", "(unknown)")


@pytest.mark.parametrize(
    ("source", "pool"),
    [("ipam", "ipam-pool-0a1b2c3d4e5f60718"), ("byoip", "ipv6pool-ec2-0a1b2c3d4e5f60718")],
)
def test_a_preview_shows_ipv6_blocks_where_the_range_is_given(deploy, source, pool):
    ipv6 = {"source": source, "pool_id": pool, "range": "2600:1f14:db8::/56"}

    previewed = deploy(network({**ONE_ZONE, "ipv6": ipv6}), preview=True)

    subnet = previewed.all("Subnet")["net-private-eu-west-1a"]
    assert subnet["ipv6CidrBlock"] == "2600:1f14:db8:8::/64"


def test_a_zone_that_is_added_leaves_the_others_alone(deploy):
    before = deploy(network({"zones": ["eu-west-1a", "eu-west-1c"]})).inputs()
    after = deploy(network({"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]})).inputs()

    changed = {key for key in before if before[key] != after[key]}

    # The zone is in the network's own arguments, and the new zone's table is one more for the gateway endpoint.
    assert changed == {"Network net", "VpcEndpoint net-s3-gateway"}
    assert sorted(after.keys() - before.keys()) == [
        "Eip net-eu-west-1b",
        "NatGateway net-eu-west-1b",
        "Route net-private-eu-west-1b-ipv4",
        "Route net-private-eu-west-1b-ipv6",
        "RouteTable net-private-eu-west-1b",
        "RouteTableAssociation net-private-eu-west-1b",
        "RouteTableAssociation net-public-eu-west-1b",
        "Subnet net-private-eu-west-1b",
        "Subnet net-public-eu-west-1b",
    ]


def test_a_vpc_gets_further_ranges_and_its_endpoints_admit_them(deploy):
    args = {**ONE_ZONE, "endpoints": {"interfaces": ["ssm"]}}
    before = deploy(network(args)).inputs()
    after = deploy(
        network({**args, "further_ipv4_ranges": ["100.64.0.0/16", "10.1.0.0/24"]})
    ).inputs()

    assert {key: after[key] for key in after.keys() - before.keys()} == {
        "VpcIpv4CidrBlockAssociation net-100.64.0.0-16": {
            "vpcId": "Vpc net",
            "cidrBlock": "100.64.0.0/16",
        },
        "VpcIpv4CidrBlockAssociation net-10.1.0.0-24": {
            "vpcId": "Vpc net",
            "cidrBlock": "10.1.0.0/24",
        },
        **{
            f"SecurityGroupIngressRule net-endpoints-https-ipv4-{name}": {
                "securityGroupId": "SecurityGroup net-endpoints",
                "ipProtocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrIpv4": cidr,
                "description": "HTTPS from the VPC",
                "tags": {"Name": f"net-endpoints-https-ipv4-{name}"},
            }
            for name, cidr in (("100.64.0.0-16", "100.64.0.0/16"), ("10.1.0.0-24", "10.1.0.0/24"))
        },
    }
    assert {key for key in before if before[key] != after[key]} == {"Network net"}


def test_subnets_of_chosen_sizes_begin_where_the_whole_shares_do(deploy):
    deployment = deploy(network({**ONE_ZONE, "subnets": {"private_size": 21, "public_size": 26}}))

    assert {name: subnet["cidrBlock"] for name, subnet in deployment.all("Subnet").items()} == {
        "net-public-eu-west-1a": "10.0.224.0/26",
        "net-private-eu-west-1a": "10.0.0.0/21",
    }


GATEWAY = "tgw-0123456789abcdef0"


def by_transit(**transit):
    return {**ONE_ZONE, "nat": "transit", "transit": {"gateway_id": GATEWAY, **transit}}


def test_a_transit_gateway_takes_the_place_of_nat_and_of_the_egress_only_gateway(deploy):
    def program():
        made = Network("net", by_transit(ipv6=True, nat_addresses={"egress": "198.51.100.7"}))
        return {
            "attachment": made.transit_attachment_id,
            "egress_only": made.egress_only_gateway_id,
            "addresses": made.nat_addresses,
        }

    deployment = deploy(program)

    assert deployment.outputs == {
        "attachment": "VpcAttachment net",
        "egress_only": None,
        "addresses": {"egress": "198.51.100.7"},
    }
    assert deployment.one("VpcAttachment") == {
        "transitGatewayId": GATEWAY,
        "vpcId": "Vpc net",
        "subnetIds": ["Subnet net-private-eu-west-1a"],
        "ipv6Support": "enable",
        "tags": {"Name": "net"},
    }
    assert {key for key in deployment.resources if key.split()[0] in ("Eip", "NatGateway")} == set()
    assert "EgressOnlyInternetGateway net" not in deployment.resources
    routes = deployment.all("Route")
    assert routes["net-private-eu-west-1a-ipv4"] == {
        "routeTableId": "RouteTable net-private-eu-west-1a",
        "destinationCidrBlock": "0.0.0.0/0",
        "transitGatewayId": GATEWAY,
    }
    assert routes["net-private-eu-west-1a-ipv6"] == {
        "routeTableId": "RouteTable net-private-eu-west-1a",
        "destinationIpv6CidrBlock": "::/0",
        "transitGatewayId": GATEWAY,
    }
    for family in ("ipv4", "ipv6"):
        route = deployment.resources[f"Route net-private-eu-west-1a-{family}"]
        assert "VpcAttachment net" in route.waits_for


def test_ipv6_leaves_by_the_egress_only_gateway_unless_the_transit_gateway_takes_it(deploy):
    deployment = deploy(network(by_transit(ipv6=False)))

    assert deployment.one("VpcAttachment")["ipv6Support"] == "disable"
    assert deployment.all("Route")["net-private-eu-west-1a-ipv6"] == {
        "routeTableId": "RouteTable net-private-eu-west-1a",
        "destinationIpv6CidrBlock": "::/0",
        "egressOnlyGatewayId": "EgressOnlyInternetGateway net",
    }


def test_a_transit_gateway_may_be_what_another_resource_gives(deploy):
    def program():
        gateway = ssm.Parameter("gateway", type="String", value=GATEWAY)
        Network(
            "net", by_transit(ipv6=True) | {"transit": {"gateway_id": gateway.value, "ipv6": True}}
        )

    deployment = deploy(program)

    assert deployment.one("VpcAttachment")["transitGatewayId"] == GATEWAY


ONE_TIER_EACH = {
    **ONE_ZONE,
    "further_ipv4_ranges": ["100.64.0.0/16"],
    "subnets": {"private_size": 20},
    "tiers": {
        "edge": {"slot": 7, "route": "public", "ipv4_range": "100.64.0.0/16"},
        "database": {"slot": 0, "route": "isolated"},
        "cache": {"slot": 1},
    },
    "cluster_name": "prod",
}


def test_further_tiers_add_subnets_and_routes_and_change_nothing_else(deploy):
    without = {key: value for key, value in ONE_TIER_EACH.items() if key != "tiers"}
    before, after = deploy(network(without)).inputs(), deploy(network(ONE_TIER_EACH)).inputs()

    assert {key for key in before if before[key] != after[key]} == {"Network net"}
    assert {
        key: (made["cidrBlock"], made["ipv6CidrBlock"], made["tags"])
        for key, made in after.items()
        if key.startswith("Subnet ") and key not in before
    } == {
        "Subnet net-database-eu-west-1a": (
            "10.0.16.0/23",
            "2600:1f14:db8:10::/64",
            {"Name": "net-database-eu-west-1a"},
        ),
        "Subnet net-cache-eu-west-1a": (
            "10.0.18.0/23",
            "2600:1f14:db8:18::/64",
            {"Name": "net-cache-eu-west-1a"},
        ),
        "Subnet net-edge-eu-west-1a": (
            "100.64.28.0/22",
            "2600:1f14:db8:48::/64",
            {"Name": "net-edge-eu-west-1a"},
        ),
    }
    assert {
        key: made.get("routeTableId")
        for key, made in after.items()
        if "Route" in key and key not in before
    } == {
        "RouteTable net-database-isolated": None,
        "RouteTableAssociation net-database-eu-west-1a": "RouteTable net-database-isolated",
        "RouteTableAssociation net-cache-eu-west-1a": "RouteTable net-private-eu-west-1a",
        "RouteTableAssociation net-edge-eu-west-1a": "RouteTable net-public",
    }


def test_tiers_are_given_out_by_name_and_zone_with_their_route_tables(deploy):
    def program():
        made = Network("net", ONE_TIER_EACH)
        ssm.Parameter("last", type="String", value=made.tier_subnet_ids["edge"]["eu-west-1a"])
        return {"subnets": made.tier_subnet_ids, "tables": made.tier_route_table_ids}

    deployment = deploy(program)

    assert deployment.outputs == {
        "subnets": {
            "database": {"eu-west-1a": "Subnet net-database-eu-west-1a"},
            "cache": {"eu-west-1a": "Subnet net-cache-eu-west-1a"},
            "edge": {"eu-west-1a": "Subnet net-edge-eu-west-1a"},
        },
        "tables": {
            "database": {"eu-west-1a": "RouteTable net-database-isolated"},
            "cache": {"eu-west-1a": "RouteTable net-private-eu-west-1a"},
            "edge": {"eu-west-1a": "RouteTable net-public"},
        },
    }
    assert {"Route net-public-ipv4", "Route net-public-ipv6"} <= deployment.resources[
        "Parameter last"
    ].waits_for
    waits = deployment.resources["Subnet net-edge-eu-west-1a"].waits_for
    assert "VpcIpv4CidrBlockAssociation net-100.64.0.0-16" in waits


def test_arguments_in_camel_case_make_the_same_network(deploy):
    snake = {
        "ipv4_range": "10.8.0.0/18",
        "zones": ["eu-west-1a"],
        "ipv6": {
            "source": "ipam",
            "pool_id": "ipam-pool-0a1b2c3d4e5f60718",
            "netmask_length": 56,
        },
        "flow_logs": {"destination": "s3", "bucket_arn": "arn:aws:s3:::flows"},
        "cluster_name": "prod",
    }
    camel = {
        "ipv4Range": "10.8.0.0/18",
        "zones": ["eu-west-1a"],
        "ipv6": {"source": "ipam", "poolId": "ipam-pool-0a1b2c3d4e5f60718", "netmaskLength": 56},
        "flowLogs": {"destination": "s3", "bucketArn": "arn:aws:s3:::flows"},
        "clusterName": "prod",
    }

    of_snake, of_camel = deploy(network(snake)).inputs(), deploy(network(camel)).inputs()

    of_snake.pop("Network net")
    of_camel.pop("Network net")
    assert of_snake == of_camel


def test_every_part_and_look_up_goes_to_the_provider_its_caller_chose(deploy):
    def program():
        provider = pulumi_aws.Provider("other-account", region="eu-west-1")
        Network(
            "net",
            {**ONE_ZONE, "endpoints": {"interfaces": ["ssm"]}},
            pulumi.ResourceOptions(providers=[provider]),
        )

    deployment = deploy(program)

    asked = {
        made.provider
        for key, made in deployment.resources.items()
        if made.parent == "Network net" and key != "Network net"
    }
    asked |= {call.provider for call in deployment.looked_up}
    assert len(asked) == 1
    assert "other-account" in asked.pop()


def test_a_public_subnet_is_given_out_once_it_leads_to_the_internet(deploy):
    def program():
        made = Network("net", ONE_ZONE)
        ssm.Parameter("last", type="String", value=made.public_subnet_ids["eu-west-1a"])

    deployment = deploy(program)

    # AWS refuses a load balancer that faces the internet before.
    assert {"Route net-public-ipv4", "Route net-public-ipv6"} <= deployment.resources[
        "Parameter last"
    ].waits_for


def test_a_preview_of_one_more_zone_still_knows_what_the_others_have(deploy):
    two = ["eu-west-1a", "eu-west-1b"]
    before = deploy(network({"zones": two}))

    def program():
        made = Network("net", {"zones": [*two, "eu-west-1c"]})
        return {
            "public": made.public_subnet_ids["eu-west-1a"],
            "private": made.private_subnet_ids["eu-west-1b"],
            "nat": made.nat_addresses["eu-west-1b"],
            "new": made.public_subnet_ids["eu-west-1c"],
        }

    previewed = deploy(program, preview=True, existing=before.resources)

    assert previewed.outputs == {
        "public": "Subnet net-public-eu-west-1a",
        "private": "Subnet net-private-eu-west-1b",
        "nat": "198.51.100.1",
        "new": "(unknown)",
    }
