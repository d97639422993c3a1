"""Rules on VPCs, subnets, routes and endpoints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .rule import ANYWHERE, UNKNOWN, Finding, Resource, Rule, Settings, parts

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
IPV6_OF_VPC = ("assignGeneratedIpv6CidrBlock", "ipv6IpamPoolId", "ipv6CidrBlock")
IPV6_OF_SUBNET = ("ipv6CidrBlock", "ipv6Native", "ipv6IpamPoolId")
FURTHER_BLOCK = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
TABLES = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
ROUTE = "aws:ec2/route:Route"
EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"


def vpcs_with_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    added: set[str] = set()
    for one in resources:
        if one.type == FURTHER_BLOCK:
            added |= one.refers("vpcId", "ec2/vpc:Vpc")
    for vpc in resources:
        own = any(vpc.get(name) for name in IPV6_OF_VPC)
        if vpc.type == VPC and not own and not {vpc.urn, vpc.get("id", "")} & added:
            yield Finding(
                vpc,
                f"the VPC {_range(vpc)} has no IPv6 range",
                "set assignGeneratedIpv6CidrBlock to true, or name a pool in ipv6IpamPoolId",
            )


def subnets_with_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for subnet in resources:
        if subnet.type == SUBNET and not any(subnet.get(name) for name in IPV6_OF_SUBNET):
            yield Finding(
                subnet,
                f"the subnet {_range(subnet)} has no IPv6 range",
                "set ipv6CidrBlock to a /64 of the VPC's IPv6 range",
            )


def subnets_that_assign_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for subnet in resources:
        if subnet.type != SUBNET or not subnet.get("ipv6CidrBlock"):
            continue
        if not subnet.get("assignIpv6AddressOnCreation"):
            public = subnet.get("mapPublicIpOnLaunch") is True
            yield Finding(
                subnet,
                "new interfaces get "
                + ("a public IPv4 address and " if public else "")
                + "no IPv6 address (assignIpv6AddressOnCreation is false)",
                "set it to true",
            )


def routes_with_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    yield from _one_family(resources, ANYWHERE[0], ANYWHERE[1])


def routes_with_ipv4(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    yield from _one_family(resources, ANYWHERE[1], ANYWHERE[0])


def vpcs_with_egress(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    """A NAT gateway says that there are private subnets, whose machines go out by IPv4."""
    vpc_of = {
        one.urn: one.refers("vpcId", "ec2/vpc:Vpc") for one in resources if one.type == SUBNET
    }
    served: set[str] = set()
    for one in resources:
        if one.type == EGRESS_ONLY:
            served |= one.refers("vpcId", "ec2/vpc:Vpc")
    reported: set[frozenset[str]] = set()
    for gateway in resources:
        if gateway.type != NAT or gateway.get("connectivityType") == "private":
            continue
        subnets = gateway.refers("subnetId", "ec2/subnet:Subnet")
        vpc = frozenset().union(*(vpc_of.get(urn, frozenset()) for urn in subnets))
        if vpc and not vpc & served and vpc not in reported:
            reported.add(vpc)
            yield Finding(
                gateway,
                "its VPC has a NAT gateway for IPv4 and no egress-only internet gateway for IPv6",
                "make one, and route ::/0 of the private subnets to it",
            )


def endpoints_of_both_families(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for endpoint in resources:
        if endpoint.type != "aws:ec2/vpcEndpoint:VpcEndpoint":
            continue
        family = endpoint.get("ipAddressType", "ipv4")
        if endpoint.get("vpcEndpointType") == "Interface" and family == "ipv4":
            yield Finding(
                endpoint,
                f"the endpoint of {_text(endpoint.get('serviceName'))} is reached by IPv4 alone",
                "set ipAddressType to dualstack if the service offers it",
            )


def _one_family(resources: Sequence[Resource], there: str, missing: str) -> Iterator[Finding]:
    """Tables with a default route of one family and none of the other."""
    tables: dict[frozenset[str], dict[str, Resource]] = {}
    for one in resources:
        if one.type in TABLES:
            for route in parts(one.get("routes")):
                _note(tables, frozenset({one.urn}), _destination(route), one)
        elif one.type == ROUTE:
            table = one.refers("routeTableId", "RouteTable")
            _note(tables, table, _destination(one.properties), one)
    for destinations in tables.values():
        if there in destinations and missing not in destinations:
            yield Finding(
                destinations[there],
                f"the route table has a route to {there} and none to {missing}",
                f"add a route to {missing}, or take the other away",
            )


def _note(tables: Any, table: frozenset[str], destination: Any, of: Resource) -> None:
    if table and isinstance(destination, str):
        tables.setdefault(table, {})[destination] = of


def _destination(route: Mapping[str, Any]) -> Any:
    names = ("destinationIpv6CidrBlock", "ipv6CidrBlock", "destinationCidrBlock", "cidrBlock")
    return next((route[name] for name in names if route.get(name)), None)


def _range(resource: Resource) -> str:
    return _text(resource.get("cidrBlock"))


def _text(value: Any) -> str:
    return "whose value is not known yet" if value is UNKNOWN else str(value)


RULES = (
    Rule(
        "vpc-ipv6",
        "A VPC has an IPv6 range.",
        "Without one, no subnet and no machine in it can have an IPv6 address.",
        vpcs_with_ipv6,
        whole=True,
    ),
    Rule(
        "subnet-ipv6",
        "A subnet has an IPv6 range.",
        "A subnet of IPv4 alone is found out when the first machine or load balancer in it needs IPv6.",
        subnets_with_ipv6,
    ),
    Rule(
        "subnet-assigns-ipv6",
        "A subnet assigns an IPv6 address to each new interface.",
        "Otherwise each machine has to ask for one, and those that forget have IPv4 alone.",
        subnets_that_assign_ipv6,
        mandatory=False,
    ),
    Rule(
        "route-ipv6",
        "A route table with a route to 0.0.0.0/0 has one to ::/0.",
        "Half of the connections of a dual-stack machine have no way out, and wait for a timeout.",
        routes_with_ipv6,
        whole=True,
    ),
    Rule(
        "route-ipv4",
        "A route table with a route to ::/0 has one to 0.0.0.0/0.",
        "A network may have IPv6 alone as its way out, so this is advice.",
        routes_with_ipv4,
        mandatory=False,
        whole=True,
    ),
    Rule(
        "egress-only-gateway",
        "A VPC with NAT gateways has an egress-only internet gateway.",
        "It is for IPv6 what NAT is for IPv4: a way out, and no way in.",
        vpcs_with_egress,
        mandatory=False,
        whole=True,
    ),
    Rule(
        "endpoint-families",
        "An interface endpoint has both families.",
        "Clients that prefer IPv6 leave the VPC to reach the service. Not every service offers it, so this is advice.",
        endpoints_of_both_families,
        mandatory=False,
    ),
)
