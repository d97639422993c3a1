"""The plan of a cluster as data: what is where, how much room is left, what is billed, who reaches whom."""

import pytest

from components.plan.deployed import Deployed, ExportError, deployed_of
from components.plan.outline import plan_of
from components.rules import load
from components.spec.cluster import Spec
from tests.docs.blocks import ROOT
from tests.support.faults import described


def spec(**sections):
    given = described(
        **{
            "network": {"ipv4Range": "10.64.0.0/16", "zones": ["eu-west-1a", "eu-west-1b"]},
            "workers": {"general": {"min": 2, "max": 20, "diskGib": 50, "zones": ["eu-west-1b"]}},
            **sections,
        }
    )
    return load(Spec, given)


def subnet(plan, tier, zone):
    (found,) = [each for each in plan.subnets if (each.tier, each.zone) == (tier, zone)]
    return found


def billed(plan):
    return {each.kind: each.count for each in plan.bill}


def test_a_subnet_shows_both_ranges_its_room_and_where_its_packets_go():
    private = subnet(plan_of(spec()), "private", "eu-west-1b")

    assert (private.ipv4, private.ipv6) == ("10.64.32.0/19", "/64 number 9 of the VPC's range")
    assert private.room == 8192 - 5
    assert (private.start, private.share) == (1 / 8, 1 / 8)
    assert private.ways == {
        "0.0.0.0/0": "NAT gateway in eu-west-1b",
        "::/0": "egress-only gateway",
    }


def test_a_private_subnet_goes_through_the_only_nat_gateway_of_another_zone():
    network = {"zones": ["eu-west-1a", "eu-west-1b"], "nat": "single"}
    plan = plan_of(spec(network=network))

    assert subnet(plan, "private", "eu-west-1b").ways["0.0.0.0/0"] == "NAT gateway in eu-west-1a"
    assert plan.gateways["NAT gateway in eu-west-1a"].startswith(
        "private subnets of eu-west-1a, eu-west-1b, IPv4, out"
    )


def test_without_nat_no_packet_leaves_a_private_subnet_over_ipv4():
    network = {"zones": ["eu-west-1a"], "nat": "none"}
    software = {"releaseServer": "https://m.example", "imageRepository": "m.example/k8s"}
    software |= {"packageMirror": "https://m.example/ubuntu"}
    plan = plan_of(spec(network=network, software=software, workers={}, controlPlane={"count": 1}))

    assert subnet(plan, "private", "eu-west-1a").ways["0.0.0.0/0"] == "none"
    assert "NAT gateways" not in billed(plan)


@pytest.mark.parametrize(
    ("ipv6", "way", "gateways"),
    [
        (
            *(True, "transit gateway"),
            {
                "internet gateway": "public subnets, both families, in and out",
                "transit gateway": "private subnets, both families, in and out",
            },
        ),
        (
            *(False, "egress-only gateway"),
            {
                "internet gateway": "public subnets, both families, in and out",
                "egress-only gateway": "private subnets, IPv6, out",
                "transit gateway": "private subnets, IPv4, in and out",
            },
        ),
    ],
)
def test_a_transit_gateway_is_the_way_out_and_its_attachment_is_billed(ipv6, way, gateways):
    network = {"zones": ["eu-west-1a", "eu-west-1b"], "nat": "transit", "endpoints": {"s3": False}}
    transit = {"gatewayId": "tgw-0123456789abcdef0", "ipv6": ipv6, "natAddresses": {}}
    plan = plan_of(spec(network=network | {"transit": transit}))

    assert [*subnet(plan, "private", "eu-west-1b").ways.values()] == ["transit gateway", way]
    assert plan.gateways == gateways
    assert billed(plan)["transit gateway attachment"] == "1"
    assert "NAT gateways" not in billed(plan)
    [warning] = [each for each in plan.warnings if each.startswith("network.transit")]
    assert ("both families" in warning) == ipv6


def test_further_tiers_show_their_ways_and_hold_nothing():
    tiers = {
        "database": {"slot": 0, "route": "isolated"},
        "cache": {"slot": 1},
        "edge": {"slot": 7, "route": "public"},
    }
    network = {"zones": ["eu-west-1a", "eu-west-1b"], "subnets": {"privateSize": 20}}
    plan = plan_of(spec(network=network | {"tiers": tiers}))

    further = [each for each in plan.subnets if each.zone == "eu-west-1b"][2:]
    assert [(each.tier, each.ipv4, each.ipv6, [*each.ways.values()]) for each in further] == [
        ("database", "10.0.48.0/23", "/64 number 17 of the VPC's range", ["none", "none"]),
        (
            *("cache", "10.0.50.0/23", "/64 number 25 of the VPC's range"),
            ["NAT gateway in eu-west-1b", "egress-only gateway"],
        ),
        ("edge", "10.0.62.0/23", "/64 number 73 of the VPC's range", ["internet gateway"] * 2),
    ]
    assert [each.holds for each in further] == [[], [], []]
    assert "246 of 256 IPv6 blocks" in plan.ranges[0].room


def test_a_vpc_that_exists_is_shown_with_its_own_ranges():
    own = {
        "vpcId": "vpc-0123456789abcdef0",
        "ipv4Ranges": ["10.8.0.0/16", "100.64.0.0/16"],
        "ipv6Range": "2001:db8:8::/56",
        "privateSubnets": {
            "eu-west-1a": {
                "id": "subnet-0123456789abcdef0",
                "ipv4Range": "100.64.16.0/20",
                "ipv6Range": "2001:db8:8:1::/64",
            }
        },
    }
    given = described(existingNetwork=own, controlPlane={"count": 1})
    del given["network"]
    plan = plan_of(load(Spec, given))

    (private,) = plan.subnets
    assert (private.ipv4, private.ipv6) == ("100.64.16.0/20", "2001:db8:8:1::/64")
    assert private.ways == {"0.0.0.0/0": "its own routes", "::/0": "its own routes"}
    assert private.holds == ["API load balancer", "control plane 0"]
    assert plan.ranges[0].ipv4 == "10.8.0.0/16, 100.64.0.0/16"
    assert plan.ranges[0].room == (
        "126,976 of 131,072 IPv4 addresses and 255 of 256 IPv6 blocks are in no subnet of the cluster"
    )
    assert "NAT gateways" not in billed(plan)


def test_machines_stand_in_the_subnets_of_their_zones():
    plan = plan_of(spec())

    assert subnet(plan, "private", "eu-west-1a").holds == [
        "API load balancer",
        "control plane 0",
        "control plane 2",
    ]
    assert subnet(plan, "private", "eu-west-1b").holds == [
        "API load balancer",
        "control plane 1",
        "pool general",
    ]


def test_a_public_api_has_its_load_balancer_in_the_public_subnets_and_an_address_in_each():
    plan = plan_of(
        spec(api={"scheme": "internet-facing", "allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]})
    )

    assert subnet(plan, "public", "eu-west-1a").holds == ["API load balancer", "NAT gateway"]
    assert billed(plan)["public IPv4 addresses"] == "4"


def test_the_room_that_is_left_is_counted():
    vpc, pods, services = plan_of(spec()).ranges

    # Two /19 and two /22 of a /16, and four of the 256 blocks of a /56.
    assert vpc.room == (
        "47,104 of 65,536 IPv4 addresses and 252 of 256 IPv6 blocks are in no subnet of the cluster"
    )
    assert pods.room == "shares for 256 nodes; the machines are 23 at most"
    assert services.room == "65,536 addresses in each family"


def test_disks_are_billed_from_the_least_to_the_most_machines():
    # Three control planes of 40 GiB, and 2 to 20 workers of 50 GiB.
    assert billed(plan_of(spec()))["disks, gp3"] == "220 to 1,120 GiB"


def test_workers_accept_everything_from_nodes_and_control_planes_do_not():
    reach = {(each.source, each.target): each.traffic for each in plan_of(spec()).reach}

    assert reach["control planes", "workers"] == ["nodes: everything"]
    assert reach["workers", "control planes"] == [
        "api: TCP 6443",
        "kubelet: TCP 10250",
        "vxlan: UDP 8472",
        "echo: ICMP type 8 code 0 / ICMPv6 type 128 code 0",
    ]
    assert ("API clients", "control planes") not in reach


def test_a_running_stack_shows_the_addresses_that_aws_gave():
    deployed = Deployed(
        vpc_ipv6="2001:db8:1:3100::/56",
        api_host="net.elb.eu-west-1.amazonaws.com",
        nat_addresses={"eu-west-1b": "192.0.2.7"},
        machines={"prod-control-plane-1": ["10.64.32.9", "2001:db8:1:3109::9"]},
    )
    plan = plan_of(spec(), deployed)

    assert subnet(plan, "private", "eu-west-1b").ipv6 == "2001:db8:1:3109::/64"
    assert subnet(plan, "public", "eu-west-1b").holds == ["NAT gateway 192.0.2.7"]
    assert "control plane 1 10.64.32.9 2001:db8:1:3109::9" in (
        subnet(plan, "private", "eu-west-1b").holds
    )
    assert plan.facts["API"] == "net.elb.eu-west-1.amazonaws.com, internal"


def test_the_kinds_that_are_billed_have_a_row_in_the_tutorial():
    page = (ROOT / "docs/tutorial/on-aws.md").read_text()

    for word in ("NAT gateways", "public IPv4 addresses", "interface endpoints", "KMS key"):
        assert word in page


@pytest.mark.parametrize("document", [[], {}, {"deployment": None}, {"deployment": "x"}, None, 3])
def test_what_is_no_export_is_refused(document):
    with pytest.raises(ExportError, match="it is not what `pulumi stack export` prints"):
        deployed_of(document)
