"""A changed network against what runs in it: every field of the section stays as it is, or may change for a reason."""

from typing import Any

import pytest

from components.machine.settled import LIMIT_CHARACTERS, settings, written
from components.spec.network import NetworkSection, SubnetsSection
from components.spec.tiers import TierSection

from .test_running import EXISTING, faults, spec, warned

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
FURTHER = ["10.1.0.0/20", "10.1.16.0/20"]
BEFORE = {
    "zones": ZONES,
    "subnets": {"privateSize": 20, "publicSize": 24},
    "furtherIpv4Ranges": FURTHER,
    "tiers": {"database": {"slot": 0}, "cache": {"slot": 1, "ipv4Range": FURTHER[0]}},
}
GATEWAY = "tgw-0123456789abcdef0"
NAMED = {"dnsName": "api.example.com", "hostedZoneId": "Z0123456789ABCDEFGHIJ"}


def after(**fields: Any) -> dict[str, Any]:
    return {"network": {**BEFORE, **fields}}


FIXED = {
    "ipv4Range": [
        ({"ipv4Range": "10.8.0.0/16"}, "network.ipv4Range"),
    ],
    "subnets": [
        ({"subnets": {"privateSize": 21, "publicSize": 24}}, "network.subnets.privateSize"),
        ({"subnets": {"privateSize": 20, "publicSize": 25}}, "network.subnets.publicSize"),
        ({"subnets": {"privateSize": 20}}, "network.subnets.publicSize"),
    ],
    "tiers": [
        (
            {"tiers": {"database": {"slot": 2}, "cache": {"slot": 1, "ipv4Range": FURTHER[0]}}},
            "network.tiers.database.slot",
        ),
        (
            {"tiers": {"database": {"slot": 0}, "cache": {"slot": 1, "ipv4Range": FURTHER[1]}}},
            "network.tiers.cache.ipv4Range",
        ),
        (
            {"tiers": {"database": {"slot": 0}, "cache": {"slot": 1}}},
            "network.tiers.cache.ipv4Range",
        ),
    ],
    "ipv6": [
        (
            {
                "ipv6": {
                    "source": "ipam",
                    "poolId": "ipam-pool-0123456789abcdef0",
                    "netmaskLength": 56,
                }
            },
            "network.ipv6",
        ),
    ],
    "zones": [
        ({"zones": ZONES[:2]}, "network.zones"),
        ({"zones": [*ZONES[:2], "eu-west-1d"]}, "network.zones"),
    ],
}
"""Fields with a change that is refused: it would replace the VPC, a subnet, or the API's load balancer and its name."""

MAY_CHANGE = [
    (
        "furtherIpv4Ranges",
        "a range in which no subnet is holds nothing",
        [FURTHER[0], "10.2.0.0/20"],
    ),
    ("tiers", "a new one has subnets of its own", {**BEFORE["tiers"], "web": {"slot": 2}}),
    ("tiers", "what is in one that is removed is its owner's", {"database": {"slot": 0}}),
    (
        "tiers",
        "another route is another association",
        {**BEFORE["tiers"], "database": {"slot": 0, "route": "isolated"}},
    ),
    ("zones", "a new one has subnets of its own", [*ZONES, "eu-west-1d"]),
    ("zones", "their order moves nothing", [*reversed(ZONES)]),
    ("nat", "routes change in place", "single"),
    ("endpoints", "machines then use the public ones", {"s3": False, "interfaces": ["ssm"]}),
    ("flowLogs", "they only record", {"destination": "cloudWatch"}),
]
"""Changes that are followed: the field, the reason and its new value. `transit` is in a test of its own."""


@pytest.mark.parametrize(
    ("change", "path"), [each for changes in FIXED.values() for each in changes]
)
def test_what_would_replace_a_subnet_or_the_name_of_the_api_is_refused(change, path):
    found = faults({"network": BEFORE}, after(**change))

    assert [fault.partition(": ")[0] for fault in found] == [path]
    assert warned({"network": BEFORE}, after(**change)) == []


@pytest.mark.parametrize(("field", "reason", "value"), MAY_CHANGE)
def test_other_changes_are_followed_without_a_word(field, reason, value):
    change = after(**{field: value})

    assert faults({"network": BEFORE}, change) == [], reason
    assert warned({"network": BEFORE}, change) == [], reason


def test_another_way_out_is_followed_because_routes_change_in_place():
    ways = [{"gatewayId": GATEWAY, "ipv6": False}, {"gatewayId": f"{GATEWAY[:-1]}1", "ipv6": True}]
    first, second = (after(nat="transit", transit=way) for way in ways)

    assert (faults({"network": BEFORE}, first), faults(first, second)) == ([], [])
    assert (warned({"network": BEFORE}, first), warned(first, second)) == ([], [])


def test_every_field_of_the_network_is_fixed_or_may_change():
    named = {field.alias for field in NetworkSection.model_fields.values()}

    assert named == {*FIXED, *(field for field, _, _ in MAY_CHANGE), "transit"}
    assert set(TierSection.model_fields) == {"slot", "ipv4_range", "route"}
    assert set(SubnetsSection.model_fields) == {"private_size", "public_size"}


def test_another_size_is_refused_with_the_size_that_follows_from_the_range():
    assert faults({}, {"network": {"subnets": {"privateSize": 20}}}) == [
        "network.subnets.privateSize: 20 is asked for and the cluster runs 19; another size replaces the subnets under the running "
        "machines. Keep 19, or make a second cluster"
    ]
    assert faults({}, {"network": {"subnets": {"privateSize": 19, "publicSize": 22}}}) == []


def test_another_slot_of_a_tier_is_refused_with_the_way_around():
    moved = {**BEFORE["tiers"], "database": {"slot": 2}}

    assert faults({"network": BEFORE}, after(tiers=moved)) == [
        "network.tiers.database.slot: 2 is asked for and the tier has 0; a change replaces its subnets and all that is in them. "
        "Keep 0, or add a tier of another name, move what is in the subnets, and remove this one"
    ]


def test_a_zone_may_go_if_the_api_has_a_name_of_its_own():
    fewer = {"network": {"zones": ZONES[:1]}}

    assert faults({}, fewer) == [
        "network.zones: eu-west-1b, eu-west-1c are gone, and the API is there too: its load balancer would be replaced by one of "
        "another name, which machines and certificates do not know, as api.dnsName was not set when the cluster was made. Keep "
        "them, or make a second cluster"
    ]
    assert faults({"api": NAMED}, {**fewer, "api": NAMED}) == []


def existing(**subnets: dict[str, str]) -> dict[str, Any]:
    private = {f"eu-west-1{letter}": subnet for letter, subnet in subnets.items()}
    return {"network": None, "existingNetwork": {**EXISTING, "privateSubnets": private}}


A = EXISTING["privateSubnets"]["eu-west-1a"]
B = {
    "id": "subnet-0a1b2c3d4e5f60722",
    "ipv4Range": "10.40.16.0/20",
    "ipv6Range": "2001:db8:40:2::/64",
}


def test_an_existing_subnet_of_the_api_stays():
    assert faults(existing(a=A, b=B), existing(a=A)) == [
        "existingNetwork.privateSubnets.eu-west-1b: it is gone, and the API is there too: its load balancer would be replaced by one "
        "of another name, which machines and certificates do not know, as api.dnsName was not set when the cluster was made. Keep "
        "it, or make a second cluster"
    ]
    assert faults(existing(a=A), existing(a={**A, "id": B["id"]})) == [
        "existingNetwork.privateSubnets.eu-west-1a.id: subnet-0a1b2c3d4e5f60722 is asked for and the API is in "
        "subnet-0a1b2c3d4e5f60711: its load balancer would be replaced by one of another name, which machines and certificates do "
        "not know, as api.dnsName was not set when the cluster was made. Keep subnet-0a1b2c3d4e5f60711, or make a second cluster"
    ]
    assert faults(existing(a=A), existing(a=A, b=B)) == []


def test_the_record_of_the_largest_network_fits_its_parameter():
    largest = {
        "zones": [f"ap-northeast-1{letter}" for letter in "abcdef"],
        "subnets": {"privateSize": 20},
        "tiers": {f"{'x' * 31}{slot}": {"slot": slot} for slot in range(8)},
    }

    found = written(settings(spec(region="ap-northeast-1", network=largest)))
    assert len(found) <= LIMIT_CHARACTERS
    assert '"network.zones":"ap-northeast-1a, ap-northeast-1b' in found
