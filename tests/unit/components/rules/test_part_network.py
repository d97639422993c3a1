"""Parts that are used alone are held against each other as far as they are told of each other."""

import pulumi
import pytest

from components import ApiEndpoint, ControlPlane, Firewall, WorkerPool

MACHINES = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "subnet_ids": {"eu-west-1a": "subnet-1"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
}
CONTROL_PLANE = {**MACHINES, "target_group_arn": "arn"}
POOL = {**MACHINES, "pool_name": "general"}


@pytest.mark.parametrize(("part", "given"), [(ControlPlane, CONTROL_PLANE), (WorkerPool, POOL)])
def test_subnets_stand_in_the_region(refused, part, given):
    subnets = {"eu-central-1a": "subnet-1", "eu-west-1a": "subnet-2"}

    assert refused(lambda: part("prod", {**given, "subnet_ids": subnets}))[1:] == [
        "subnet_ids: eu-central-1a is no zone of eu-west-1; name subnets by zones of that region, or change region"
    ]


def test_pods_and_services_keep_clear_of_the_vpc_that_a_control_plane_is_told_of(refused):
    given = {
        **CONTROL_PLANE,
        "vpc_ranges": ["10.0.0.0/16", "100.64.0.0/16", "2001:db8:40::/56"],
        "pods": {"ipv4_range": "10.0.0.0/16", "ipv6_range": "2001:db8:40:80::/58"},
        "services": {"ipv4_range": "100.64.0.0/20"},
    }

    assert refused(lambda: ControlPlane("prod", given))[1:] == [
        "pods.ipv4_range: 10.0.0.0/16 overlaps 10.0.0.0/16, which is vpc_ranges[0]; choose a range outside it",
        "services.ipv4_range: 100.64.0.0/20 overlaps 100.64.0.0/16, which is vpc_ranges[1]; choose a range outside it",
        "pods.ipv6_range: 2001:db8:40:80::/58 overlaps 2001:db8:40::/56, which is vpc_ranges[2]; choose a range outside it",
    ]


@pytest.mark.parametrize(
    ("ranges", "fault"),
    [
        (
            ["10.0.0.1/16"],
            "vpc_ranges[0]: 10.0.0.1/16 has bits set beyond its prefix length; write 10.0.0.0/16",
        ),
        (
            pulumi.Output,
            "vpc_ranges: it is not a list of plain ranges; write one, like [10.0.0.0/16]",
        ),
    ],
)
def test_ranges_of_a_vpc_are_plain_and_canonical(refused, ranges, fault):
    def program():
        given = ranges if isinstance(ranges, list) else ranges.from_input(["10.0.0.0/16"])
        ControlPlane("prod", {**CONTROL_PLANE, "vpc_ranges": given})

    assert refused(program)[1:] == [fault]


def test_a_control_plane_outside_of_the_vpcs_ranges_is_made(deploy):
    deployment = deploy(
        lambda: ControlPlane("prod", {**CONTROL_PLANE, "vpc_ranges": ["10.0.0.0/16"]})
    )

    assert len(deployment.all("Instance")) == 3


FIREWALL = {
    "vpc_id": "vpc-1",
    "vpc_ipv4_range": "10.0.0.0/16",
    "vpc_ipv6_range": "2001:db8:40::/56",
    "cluster_name": "prod",
    "cni": "flannel",
    "allowed_cidrs": ["198.51.100.7/32", "2001:db8:1::/48"],
}
ENDPOINT = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
    "security_group_id": "sg-1",
    "ip_families": ["IPv4", "IPv6"],
}


def test_what_a_firewall_is_told_of_its_vpc_fits_together(refused):
    given = {
        **FIREWALL,
        "vpc_ipv6_range": "10.0.0.0/16",
        "further_vpc_ranges": ["10.0.128.0/20", "100.64.0.0/16", "100.64.0.0/16"],
        "nat_addresses": {
            "b": "198.51.100.8",
            "a": "198.51.100.8",
            "c": "198.51.100.7",
            "d": "10.0.0.1",
        },
    }

    assert refused(lambda: Firewall("prod", given))[1:] == [
        "further_vpc_ranges[0]: 10.0.128.0/20 overlaps 10.0.0.0/16, which is vpc_ipv4_range; name each range of the VPC once",
        "further_vpc_ranges[2]: 100.64.0.0/16 overlaps 100.64.0.0/16, which is further_vpc_ranges[1]; name each range of the VPC once",
        "vpc_ipv6_range: 10.0.0.0/16 is an IPv4 range; an IPv6 range belongs here",
        "nat_addresses.d: '10.0.0.1' is no public IPv4 address; write the one that servers outside see, like 198.51.100.7",
        "nat_addresses.b: 198.51.100.8 is a too; name each address once",
        "nat_addresses.c: 198.51.100.7 is 198.51.100.7/32 in allowed_cidrs too, and AWS refuses a rule twice; leave one of the two out",
    ]


def test_what_another_resource_gives_a_firewall_is_passed_on(deploy):
    later = pulumi.Output.from_input

    made = deploy(
        lambda: Firewall(
            "prod",
            {
                **FIREWALL,
                "vpc_ipv4_range": later("10.0.0.0/16"),
                "vpc_ipv6_range": later("2001:db8:40::/56"),
                "nat_addresses": {"a": later("198.51.100.8"), "b": "198.51.100.9"},
            },
        )
    )

    rules = made.all("SecurityGroupIngressRule")
    assert rules["prod-load-balancer-api-from-api-clients-nat-a"]["cidrIpv4"] == "198.51.100.8/32"


@pytest.mark.parametrize(
    ("subnets", "fault"),
    [
        ([], "subnet_ids: it is empty; name a subnet in each zone of control planes"),
        (
            ["subnet-1", "subnet-2", "subnet-1"],
            "subnet_ids[2]: subnet-1 is there already; name one subnet of each zone",
        ),
    ],
)
def test_an_endpoint_has_each_subnet_once(refused, subnets, fault):
    given = {**ENDPOINT, "subnet_ids": subnets}

    assert refused(lambda: ApiEndpoint("prod", given))[1:] == [fault]
