"""The routes out of a VPC: gateways, one route table for public subnets, and one for each private subnet."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, ec2transitgateway

from .boundary import passed
from .facts.choices import TierRoute
from .facts.families import ANYWHERE, Family
from .facts.subnet_plan import Tier
from .facts.tags import named
from .spec.network import NetworkSpec


@dataclass(frozen=True, slots=True)
class Routing:
    """The results of `route` that other parts of a cluster need."""

    public_table_id: pulumi.Output[str]
    """The route table of public subnets."""
    private_table_ids: dict[str, pulumi.Output[str]]
    """The route table of each zone's private subnet."""
    internet_gateway_id: pulumi.Output[str]
    egress_only_gateway_id: pulumi.Output[str | None]
    """None if IPv6 leaves through a transit gateway."""
    transit_attachment_id: pulumi.Output[str | None]
    """None without a transit gateway."""
    nat_gateway_ids: dict[str, pulumi.Output[str]]
    """The NAT gateway of each zone that has one."""
    nat_addresses: dict[str, pulumi.Output[str]]
    """The public IPv4 address of each zone's NAT gateway, or those that are given of a transit gateway. That of a NAT gateway is
    known minutes before the gateway exists, so rules that admit it need not wait."""
    public_subnet_ids: dict[str, pulumi.Output[str]]
    """The public subnet of each zone, known once its routes exist. Before that AWS refuses an internet-facing load balancer there."""
    tier_subnet_ids: dict[str, dict[str, pulumi.Output[str]]]
    """The subnets of each further tier by zone. Those of a public tier are known once its routes exist, too."""
    tier_table_ids: dict[str, dict[str, pulumi.Output[str]]]
    """The route table of each further tier's subnets, by zone."""


def route(
    vpc: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    vpc_id: pulumi.Output[str],
    subnets: Mapping[tuple[str, str], ec2.Subnet],
) -> Routing:
    """Create gateways and route tables: one table for all public subnets, one for each private subnet.

    Subnets of further tiers use these, or a table of the tier without a default route.
    """
    child = pulumi.ResourceOptions(parent=vpc)
    tags = named(spec.tags, name)
    internet = ec2.InternetGateway(name, vpc_id=vpc_id, tags=tags, opts=child)
    transit = spec.transit
    egress = (
        None
        if transit and transit.ipv6
        else ec2.EgressOnlyInternetGateway(name, vpc_id=vpc_id, tags=tags, opts=child)
    )
    attachment = _attach(vpc, name, spec, vpc_id, subnets)
    addresses: dict[str, pulumi.Output[str]] = {}
    nats: dict[str, ec2.NatGateway] = {}
    for zone in spec.nat_zones:
        label = f"{name}-{zone}"
        address = ec2.Eip(label, domain="vpc", tags=named(spec.tags, label), opts=child)
        addresses[zone] = address.public_ip
        nats[zone] = ec2.NatGateway(
            label,
            subnet_id=subnets[Tier.PUBLIC, zone].id,
            allocation_id=address.id,
            tags=named(spec.tags, label),
            # AWS refuses a public NAT gateway in a VPC that has no internet gateway.
            opts=pulumi.ResourceOptions(parent=vpc, depends_on=[internet]),
        )

    public = _table(vpc, f"{name}-public", spec, vpc_id)
    for zone in spec.zones:
        _associate(vpc, f"{name}-public-{zone}", public, subnets[Tier.PUBLIC, zone])
    ipv4 = ec2.Route(
        f"{name}-public-ipv4",
        route_table_id=public.id,
        destination_cidr_block=ANYWHERE[Family.IPV4],
        gateway_id=internet.id,
        opts=child,
    )
    ipv6 = ec2.Route(
        f"{name}-public-ipv6",
        route_table_id=public.id,
        # The IPv4 default route matches no IPv6 destination.
        destination_ipv6_cidr_block=ANYWHERE[Family.IPV6],
        gateway_id=internet.id,
        opts=child,
    )

    privates: dict[str, ec2.RouteTable] = {}
    for zone in spec.zones:
        label = f"{name}-private-{zone}"
        private = _table(vpc, label, spec, vpc_id)
        _associate(vpc, label, private, subnets[Tier.PRIVATE, zone])
        if nats or attachment:
            ec2.Route(
                f"{label}-ipv4",
                route_table_id=private.id,
                destination_cidr_block=ANYWHERE[Family.IPV4],
                nat_gateway_id=nats.get(zone, next(iter(nats.values()))).id if nats else None,
                # Taken of the attachment: AWS refuses a route to a transit gateway that the VPC is not attached to.
                transit_gateway_id=attachment.transit_gateway_id if attachment else None,
                opts=child,
            )
        ec2.Route(
            f"{label}-ipv6",
            route_table_id=private.id,
            destination_ipv6_cidr_block=ANYWHERE[Family.IPV6],
            egress_only_gateway_id=egress.id if egress else None,
            transit_gateway_id=attachment.transit_gateway_id if attachment and not egress else None,
            opts=child,
        )
        privates[zone] = private

    tier_tables: dict[str, dict[str, ec2.RouteTable]] = {}
    for tier, chosen in spec.further_tiers:
        match chosen.route:
            case TierRoute.PRIVATE:
                tables = privates
            case TierRoute.PUBLIC:
                tables = dict.fromkeys(spec.zones, public)
            case TierRoute.ISOLATED:
                own = _table(vpc, f"{name}-{tier}-isolated", spec, vpc_id)
                tables = dict.fromkeys(spec.zones, own)
        for zone, table in tables.items():
            _associate(vpc, f"{name}-{tier}-{zone}", table, subnets[tier, zone])
        tier_tables[tier] = tables
    return Routing(
        public_table_id=public.id,
        private_table_ids={zone: table.id for zone, table in privates.items()},
        internet_gateway_id=internet.id,
        egress_only_gateway_id=egress.id if egress else pulumi.Output.from_input(None),
        transit_attachment_id=attachment.id if attachment else pulumi.Output.from_input(None),
        nat_gateway_ids={zone: gateway.id for zone, gateway in nats.items()},
        nat_addresses=addresses | _given_addresses(spec),
        public_subnet_ids={
            zone: _once(subnets[Tier.PUBLIC, zone].id, ipv4, ipv6) for zone in spec.zones
        },
        tier_subnet_ids={
            tier: {
                zone: _once(subnets[tier, zone].id, ipv4, ipv6)
                if table is public
                else subnets[tier, zone].id
                for zone, table in tables.items()
            }
            for tier, tables in tier_tables.items()
        },
        tier_table_ids={
            tier: {zone: table.id for zone, table in tables.items()}
            for tier, tables in tier_tables.items()
        },
    )


def _attach(
    vpc: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    vpc_id: pulumi.Output[str],
    subnets: Mapping[tuple[str, str], ec2.Subnet],
) -> ec2transitgateway.VpcAttachment | None:
    """The attachment of the private subnets to the transit gateway, if there is one."""
    if spec.transit is None:
        return None
    return ec2transitgateway.VpcAttachment(
        name,
        transit_gateway_id=passed(spec.transit.gateway_id),
        vpc_id=vpc_id,
        subnet_ids=[subnets[Tier.PRIVATE, zone].id for zone in spec.zones],
        ipv6_support="enable" if spec.transit.ipv6 else "disable",
        tags=named(spec.tags, name),
        opts=pulumi.ResourceOptions(parent=vpc),
    )


def _given_addresses(spec: NetworkSpec) -> dict[str, pulumi.Output[str]]:
    given = spec.transit.nat_addresses if spec.transit else None
    return {key: pulumi.Output.from_input(passed(at)) for key, at in (given or {}).items()}


def _once(value: pulumi.Output[str], *made: pulumi.CustomResource) -> pulumi.Output[str]:
    """The same value as an output that is known only once other resources exist."""
    return pulumi.Output.all(value, *[resource.id for resource in made]).apply(lambda all_: all_[0])


def _table(
    vpc: pulumi.Resource, name: str, spec: NetworkSpec, vpc_id: pulumi.Output[str]
) -> ec2.RouteTable:
    return ec2.RouteTable(
        name, vpc_id=vpc_id, tags=named(spec.tags, name), opts=pulumi.ResourceOptions(parent=vpc)
    )


def _associate(vpc: pulumi.Resource, name: str, table: ec2.RouteTable, subnet: ec2.Subnet) -> None:
    ec2.RouteTableAssociation(
        name, route_table_id=table.id, subnet_id=subnet.id, opts=pulumi.ResourceOptions(parent=vpc)
    )
