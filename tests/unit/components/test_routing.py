"""The ways out of a network, in both families."""

import pytest

from components import Network

ZONES = ["eu-west-1a", "eu-west-1b"]

PUBLIC = {
    "net-public-ipv4": ("RouteTable net-public", "0.0.0.0/0", "InternetGateway net"),
    "net-public-ipv6": ("RouteTable net-public", "::/0", "InternetGateway net"),
}
PRIVATE_IPV6 = {
    f"net-private-{zone}-ipv6": (
        f"RouteTable net-private-{zone}",
        "::/0",
        "EgressOnlyInternetGateway net",
    )
    for zone in ZONES
}


def routes(deployment):
    """Each route's table, destination and target."""
    targets = ("gatewayId", "natGatewayId", "egressOnlyGatewayId")
    found = {}
    for name, route in deployment.all("Route").items():
        (destination,) = [route[key] for key in route if key.startswith("destination")]
        (target,) = [route[key] for key in route if key in targets]
        found[name] = (route["routeTableId"], destination, target)
    return found


def test_each_private_subnet_leaves_over_ipv4_by_the_nat_gateway_of_its_zone(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES, "nat": "perZone"}))

    assert routes(deployment) == {
        **PUBLIC,
        **PRIVATE_IPV6,
        "net-private-eu-west-1a-ipv4": (
            "RouteTable net-private-eu-west-1a",
            "0.0.0.0/0",
            "NatGateway net-eu-west-1a",
        ),
        "net-private-eu-west-1b-ipv4": (
            "RouteTable net-private-eu-west-1b",
            "0.0.0.0/0",
            "NatGateway net-eu-west-1b",
        ),
    }


def test_all_private_subnets_share_a_single_nat_gateway_in_the_first_zone(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES, "nat": "single"}))

    assert routes(deployment) == {
        **PUBLIC,
        **PRIVATE_IPV6,
        "net-private-eu-west-1a-ipv4": (
            "RouteTable net-private-eu-west-1a",
            "0.0.0.0/0",
            "NatGateway net-eu-west-1a",
        ),
        "net-private-eu-west-1b-ipv4": (
            "RouteTable net-private-eu-west-1b",
            "0.0.0.0/0",
            "NatGateway net-eu-west-1a",
        ),
    }
    assert list(deployment.all("NatGateway")) == ["net-eu-west-1a"]
    assert list(deployment.all("Eip")) == ["net-eu-west-1a"]


def test_without_nat_private_subnets_leave_over_ipv6_alone(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES, "nat": "none"}))

    assert routes(deployment) == {**PUBLIC, **PRIVATE_IPV6}
    assert deployment.all("NatGateway") == {}
    assert deployment.all("Eip") == {}


def test_a_route_has_a_destination_of_one_family_in_the_argument_of_that_family(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES}))

    routes = deployment.all("Route")
    assert len(routes) == 6
    for name, route in routes.items():
        ipv4, ipv6 = route.get("destinationCidrBlock"), route.get("destinationIpv6CidrBlock")
        expected = (None, "::/0") if name.endswith("-ipv6") else ("0.0.0.0/0", None)
        assert (ipv4, ipv6) == expected


def test_public_subnets_share_a_table_and_each_private_one_has_its_own(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES}))

    tables = {
        association["subnetId"]: association["routeTableId"]
        for association in deployment.all("RouteTableAssociation").values()
    }

    assert tables == {
        "Subnet net-public-eu-west-1a": "RouteTable net-public",
        "Subnet net-public-eu-west-1b": "RouteTable net-public",
        "Subnet net-private-eu-west-1a": "RouteTable net-private-eu-west-1a",
        "Subnet net-private-eu-west-1b": "RouteTable net-private-eu-west-1b",
    }


def test_there_is_one_gateway_of_each_kind_whatever_the_number_of_zones(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES}))

    assert deployment.all("InternetGateway") == {
        "net": {"vpcId": "Vpc net", "tags": {"Name": "net"}}
    }
    assert deployment.all("EgressOnlyInternetGateway") == {
        "net": {"vpcId": "Vpc net", "tags": {"Name": "net"}}
    }


def test_a_nat_gateway_stands_in_a_public_subnet_and_waits_for_the_internet_gateway(deploy):
    deployment = deploy(lambda: Network("net", {"zones": ZONES}))

    gateway = deployment.resources["NatGateway net-eu-west-1b"]

    assert gateway.inputs == {
        "subnetId": "Subnet net-public-eu-west-1b",
        "allocationId": "Eip net-eu-west-1b",
        "tags": {"Name": "net-eu-west-1b"},
    }
    assert "InternetGateway net" in gateway.waits_for


@pytest.mark.parametrize(
    ("nat", "addresses"),
    [
        ("perZone", {"eu-west-1a": "198.51.100.1", "eu-west-1b": "198.51.100.1"}),
        ("single", {"eu-west-1a": "198.51.100.1"}),
        ("none", {}),
    ],
)
def test_a_network_tells_the_addresses_its_nodes_have_outside(deploy, nat, addresses):
    deployment = deploy(lambda: {"nat": Network("net", {"zones": ZONES, "nat": nat}).nat_addresses})

    assert deployment.outputs == {"nat": addresses}


def test_going_from_one_nat_gateway_to_one_a_zone_keeps_the_first(deploy):
    single = deploy(lambda: Network("net", {"zones": ZONES, "nat": "single"})).inputs()
    each = deploy(lambda: Network("net", {"zones": ZONES, "nat": "perZone"})).inputs()

    assert single.keys() <= each.keys()
    assert {key for key in single if single[key] != each[key]} == {
        "Network net",
        "Route net-private-eu-west-1b-ipv4",
    }
