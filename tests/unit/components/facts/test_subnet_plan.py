"""The address plan: which subnets a VPC is cut into, and the ranges a cluster takes for itself."""

from ipaddress import IPv4Network, IPv6Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.facts.subnet_plan import (
    SubnetPlan,
    Tier,
    block,
    own_pod_range,
    own_service_range,
    own_wide_pod_range,
    plan_rows,
    plan_subnets,
    plan_tier,
    unique_local_prefix,
)

ZONES = [f"eu-west-1{letter}" for letter in "abcdefg"]
METADATA = IPv6Network("fd00:ec2::/32")
UNIQUE_LOCAL = IPv6Network("fd00::/8")

VPC_RANGES = st.builds(
    lambda prefix, at: IPv4Network((at >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(16, 20),
    st.integers(0x0A000000, 0x0AFFFFFF),
)
VPC_IPV6_RANGES = st.builds(
    lambda prefix, at: IPv6Network((at >> (128 - prefix) << (128 - prefix), prefix)),
    st.sampled_from([44, 48, 52, 56, 60]),
    st.integers(0x2600 << 112, (0x2601 << 112) - 1),
)
CHOICES = st.lists(st.sampled_from(ZONES), min_size=1, max_size=6, unique=True)
OWNERS = st.lists(st.text(min_size=1, max_size=12), min_size=3, max_size=3)


def rows(vpc: str, zones: list[str], vpc_ipv6: str | None = None) -> list[tuple[str, ...]]:
    plan = plan_subnets(IPv4Network(vpc), zones)
    return [tuple(row.values()) for row in plan_rows(plan, vpc_ipv6)]


def test_a_16_gives_each_zone_a_19_for_nodes_and_a_22_for_load_balancers():
    assert rows(
        "10.0.0.0/16", ["eu-west-1a", "eu-west-1b", "eu-west-1c"], "2001:db8:0:ff00::/56"
    ) == [
        ("public", "eu-west-1a", "10.0.224.0/22", "2001:db8:0:ff00::/64"),
        ("private", "eu-west-1a", "10.0.0.0/19", "2001:db8:0:ff08::/64"),
        ("public", "eu-west-1b", "10.0.228.0/22", "2001:db8:0:ff01::/64"),
        ("private", "eu-west-1b", "10.0.32.0/19", "2001:db8:0:ff09::/64"),
        ("public", "eu-west-1c", "10.0.232.0/22", "2001:db8:0:ff02::/64"),
        ("private", "eu-west-1c", "10.0.64.0/19", "2001:db8:0:ff0a::/64"),
    ]


def test_a_20_gives_each_zone_a_23_for_nodes_and_a_26_for_load_balancers():
    assert rows("172.16.16.0/20", ["us-east-1a", "us-east-1f", "us-east-1g"], "2001:db8::/60") == [
        ("public", "us-east-1a", "172.16.30.0/26", "2001:db8::/64"),
        ("private", "us-east-1a", "172.16.16.0/23", "2001:db8:0:8::/64"),
        ("public", "us-east-1f", "172.16.31.64/26", "2001:db8:0:5::/64"),
        ("private", "us-east-1f", "172.16.26.0/23", "2001:db8:0:d::/64"),
        ("public", "us-east-1g", "172.16.31.128/26", "2001:db8:0:6::/64"),
        ("private", "us-east-1g", "172.16.28.0/23", "2001:db8:0:e::/64"),
    ]


def test_before_aws_has_given_the_range_a_block_is_known_by_its_number():
    assert rows("10.0.0.0/16", ["eu-west-1b"]) == [
        ("public", "eu-west-1b", "10.0.228.0/22", "/64 number 1 of the VPC's range"),
        ("private", "eu-west-1b", "10.0.32.0/19", "/64 number 9 of the VPC's range"),
    ]


def test_subnets_come_in_the_order_of_the_zones_public_first():
    plan = plan_subnets(IPv4Network("10.0.0.0/16"), ["eu-west-1c", "eu-west-1a"])

    assert [subnet.name for subnet in plan] == [
        "public-eu-west-1c",
        "private-eu-west-1c",
        "public-eu-west-1a",
        "private-eu-west-1a",
    ]


@given(vpc=VPC_RANGES, vpc_ipv6=VPC_IPV6_RANGES, zones=CHOICES)
def test_subnets_lie_inside_the_vpc_in_both_families(vpc, vpc_ipv6, zones):
    for subnet in plan_subnets(vpc, zones):
        ipv6 = IPv6Network(subnet.ipv6_within(str(vpc_ipv6)))
        assert subnet.ipv4.subnet_of(vpc)
        assert ipv6.subnet_of(vpc_ipv6)
        assert ipv6.prefixlen == 64


@given(vpc=VPC_RANGES, vpc_ipv6=VPC_IPV6_RANGES, zones=CHOICES)
def test_subnets_are_disjoint_in_both_families(vpc, vpc_ipv6, zones):
    for one, other in combinations(plan_subnets(vpc, zones), 2):
        assert not one.ipv4.overlaps(other.ipv4)
        assert one.ipv6_within(str(vpc_ipv6)) != other.ipv6_within(str(vpc_ipv6))


@given(vpc=VPC_RANGES, zones=CHOICES, others=CHOICES)
def test_no_subnet_moves_when_zones_come_go_or_change_places(vpc, zones, others):
    before = {subnet.name: subnet for subnet in plan_subnets(vpc, zones)}
    after = {subnet.name: subnet for subnet in plan_subnets(vpc, others)}

    for name in before.keys() & after.keys():
        assert before[name] == after[name]


@given(vpc=VPC_RANGES)
def test_every_zone_at_once_fits_into_the_least_that_a_pool_gives(vpc):
    plan = plan_subnets(vpc, ZONES)

    assert {subnet.index for subnet in plan} == {0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14}
    assert [subnet.ipv6_within("2001:db8::/60") for subnet in plan if subnet.index == 14] == [
        "2001:db8:0:e::/64"
    ]


@given(vpc=VPC_RANGES, zones=CHOICES)
def test_a_public_subnet_has_room_for_a_load_balancer_and_a_private_one_for_nodes(vpc, zones):
    # AWS asks for 8 free addresses beside the 5 it keeps.
    for subnet in plan_subnets(vpc, zones):
        assert subnet.ipv4.num_addresses >= {Tier.PUBLIC: 64, Tier.PRIVATE: 512}[subnet.tier]


@given(vpc=VPC_RANGES, zones=CHOICES, bits=st.integers(0, 7), public_bits=st.integers(0, 1))
def test_a_smaller_subnet_begins_where_the_whole_share_does(vpc, zones, bits, public_bits):
    private, public = min(vpc.prefixlen + 3 + bits, 27), vpc.prefixlen + 6 + public_bits
    whole = plan_subnets(vpc, zones)
    smaller = plan_subnets(vpc, zones, {Tier.PRIVATE: private, Tier.PUBLIC: public})

    assert [one.ipv4.prefixlen for one in smaller] == [public, private] * len(zones)
    for one, other in zip(whole, smaller, strict=True):
        assert (one.name, one.index) == (other.name, other.index)
        assert one.ipv4.network_address == other.ipv4.network_address


TIERS = st.dictionaries(st.sampled_from(["cache", "database", "edge"]), st.integers(0, 7)).filter(
    lambda tiers: len({*tiers.values()}) == len(tiers)
)
FURTHER = IPv4Network("100.64.0.0/22")


def test_a_further_tier_is_in_the_upper_half_of_each_zones_share():
    plan = plan_tier("database", 2, ["eu-west-1a", "eu-west-1c"], IPv4Network("10.0.0.0/16"), None)

    assert [tuple(row.values()) for row in plan_rows(plan, "2001:db8:0:ff00::/56")] == [
        ("database", "eu-west-1a", "10.0.20.0/23", "2001:db8:0:ff20::/64"),
        ("database", "eu-west-1c", "10.0.84.0/23", "2001:db8:0:ff22::/64"),
    ]


def test_a_further_tier_in_a_range_of_its_own_has_an_eighth_of_an_eighth():
    zones, vpc = ["eu-west-1a", "eu-west-1b"], IPv4Network("10.0.0.0/16")
    plan = plan_tier("database", 7, zones, vpc, IPv4Network("100.64.0.0/16"))

    assert [tuple(row.values()) for row in plan_rows(plan, "2001:db8:0:ff00::/56")] == [
        ("database", "eu-west-1a", "100.64.28.0/22", "2001:db8:0:ff48::/64"),
        ("database", "eu-west-1b", "100.64.60.0/22", "2001:db8:0:ff49::/64"),
    ]


@given(vpc=VPC_RANGES, zones=CHOICES, tiers=TIERS, own=st.sampled_from([None, FURTHER]))
def test_tiers_are_disjoint_from_all_else_in_both_families(vpc, zones, tiers, own):
    plan = plan_subnets(vpc, zones, {Tier.PRIVATE: vpc.prefixlen + 4})
    for name, slot in tiers.items():
        plan += plan_tier(name, slot, zones, vpc, own)

    for one, other in combinations(plan, 2):
        assert not one.ipv4.overlaps(other.ipv4)
        assert one.index != other.index
    for subnet in plan:
        within = vpc if subnet.tier in [*Tier] else own or vpc
        assert subnet.ipv4.subnet_of(within)
        assert subnet.ipv4.prefixlen <= 28
        assert subnet.index < 256


def test_a_block_is_counted_from_the_start_of_its_range():
    assert str(block(IPv6Network("2001:db8:0:ff00::/56"), 64, 0)) == "2001:db8:0:ff00::/64"
    assert str(block(IPv6Network("2001:db8:0:ff00::/56"), 64, 255)) == "2001:db8:0:ffff::/64"
    assert str(block(IPv6Network("2001:db8::/64"), 64, 0)) == "2001:db8::/64"


@pytest.mark.parametrize("index", [-1, 256, 1 << 64])
def test_a_range_has_no_block_beyond_its_last(index):
    with pytest.raises(ValueError, match=f"2001:db8:0:ff00::/56 has no /64 number {index}"):
        block(IPv6Network("2001:db8:0:ff00::/56"), 64, index)


def test_a_subnet_has_no_block_in_a_range_that_is_too_small():
    subnet = SubnetPlan(Tier.PRIVATE, "eu-west-1a", IPv4Network("10.0.0.0/19"), 8)

    with pytest.raises(ValueError, match="2001:db8::/61 has no /64 number 8"):
        subnet.ipv6_within("2001:db8::/61")


def test_a_clusters_own_prefix_is_the_same_on_every_machine():
    prefix = unique_local_prefix("dualstack", "prod", "prod")

    assert str(prefix) == "fdd8:7e87:2f36::/48"
    assert str(own_service_range(prefix)) == "fdd8:7e87:2f36::/112"
    assert str(own_pod_range(prefix)) == "fdd8:7e87:2f36:100::/56"
    assert str(own_wide_pod_range(prefix)) == "fdd9::/16"


@pytest.mark.parametrize(
    "other",
    [
        ("other", "prod", "prod"),
        ("dualstack", "dev", "prod"),
        ("dualstack", "prod", "dev"),
        ("dualstackprod", "", "prod"),
        ("dualstack", "prodprod", ""),
    ],
)
def test_another_owner_has_another_prefix(other):
    assert unique_local_prefix(*other) != unique_local_prefix("dualstack", "prod", "prod")


@given(owners=st.lists(OWNERS, min_size=2, max_size=30, unique_by=tuple))
def test_no_two_owners_share_a_prefix(owners):
    prefixes = [unique_local_prefix(*owner) for owner in owners]

    assert len(set(prefixes)) == len(owners)


@given(owner=OWNERS)
def test_a_clusters_own_ranges_are_unique_local_and_clear_of_the_vpcs_services(owner):
    prefix = unique_local_prefix(*owner)

    for own in (
        prefix,
        own_service_range(prefix),
        own_pod_range(prefix),
        own_wide_pod_range(prefix),
    ):
        assert own.subnet_of(UNIQUE_LOCAL)
        assert not own.overlaps(METADATA)


def test_no_prefix_begins_where_the_vpcs_services_are():
    second_bytes = {
        unique_local_prefix("dualstack", "prod", f"cluster-{number}").network_address.packed[1]
        for number in range(4000)
    }

    assert second_bytes == set(range(1, 256))


@given(owner=OWNERS)
def test_pods_and_services_of_a_cluster_never_share_an_address(owner):
    prefix = unique_local_prefix(*owner)
    services = own_service_range(prefix)

    assert services.subnet_of(prefix)
    assert own_pod_range(prefix).subnet_of(prefix)
    assert not own_pod_range(prefix).overlaps(services)
    assert not own_wide_pod_range(prefix).overlaps(prefix)


@pytest.mark.parametrize("second", range(1, 256))
def test_wherever_a_prefix_lies_the_wide_range_beside_it_is_clear(second):
    prefix = IPv6Network((0xFD << 120 | second << 112, 48))

    wide = own_wide_pod_range(prefix)

    assert wide.prefixlen == 16
    assert wide.subnet_of(UNIQUE_LOCAL)
    assert not wide.overlaps(METADATA)
    assert not wide.overlaps(prefix)
