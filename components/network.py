"""A dual-stack VPC: a public and a private subnet in each zone, with both default routes."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2

from .args import NetworkSpecArgs
from .boundary import checked
from .facts.choices import Ipv6Source
from .facts.subnet_plan import SubnetPlan, Tier, plan_rows
from .facts.tags import balancers_in, named, owned_by
from .flow_logs import log_flows
from .outputs import by_name, register
from .routing import route
from .spec.network import NetworkSpec
from .vpc_endpoints import connect_services


class NetworkArgs(NetworkSpecArgs):
    """The layout of a network, and the cluster that it is for."""


class Network(pulumi.ComponentResource):
    """A dual-stack VPC with a public and a private subnet in each zone."""

    vpc_id: pulumi.Output[str]
    """The VPC."""
    ipv4_range: pulumi.Output[str]
    """The VPC's IPv4 range."""
    ipv6_range: pulumi.Output[str]
    """The VPC's IPv6 range."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """The public subnet of each zone."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """The private subnet of each zone."""
    public_route_table_id: pulumi.Output[str | None]
    """The route table of all public subnets."""
    private_route_table_ids: pulumi.Output[dict[str, str]]
    """The route table of each zone's private subnet."""
    internet_gateway_id: pulumi.Output[str | None]
    """The internet gateway."""
    egress_only_gateway_id: pulumi.Output[str | None]
    """The egress-only internet gateway, through which IPv6 traffic of private subnets leaves the VPC."""
    nat_gateway_ids: pulumi.Output[dict[str, str]]
    """The NAT gateway of each zone that has one."""
    nat_addresses: pulumi.Output[dict[str, str]]
    """The public address of each zone's NAT gateway. It is the source address of nodes' IPv4 traffic outside the VPC. With a
    transit gateway, the addresses that were named."""
    transit_attachment_id: pulumi.Output[str | None]
    """The attachment of the private subnets to a transit gateway."""
    tier_subnet_ids: pulumi.Output[dict[str, dict[str, str]]]
    """The subnets of each further tier, by the tier's name and by zone."""
    tier_route_table_ids: pulumi.Output[dict[str, dict[str, str]]]
    """The route tables of each further tier's subnets, by the tier's name and by zone. Only those of an isolated tier
    are its own."""
    address_plan: pulumi.Output[list[dict[str, str]]]
    """Every subnet with its tier, zone and both ranges."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A dual-stack VPC with a public and a private subnet in each zone.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(NetworkSpec, args)
        super().__init__("dualstack:index:Network", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)

        plan = spec.plan
        vpc = ec2.Vpc(
            name,
            cidr_block=str(spec.ipv4_range),
            # Amazon and IPAM choose the range when the VPC is created, so no address in it is known before.
            assign_generated_ipv6_cidr_block=True
            if spec.ipv6.source is Ipv6Source.AMAZON
            else None,
            ipv6_ipam_pool_id=spec.ipv6.pool_id if spec.ipv6.source is Ipv6Source.IPAM else None,
            ipv6_netmask_length=spec.ipv6.netmask_length,
            ipv6_cidr_block=str(spec.ipv6.range)
            if spec.ipv6.source is Ipv6Source.IPAM and spec.ipv6.range
            else None,
            # Machines find each other by name, and AWS by the names of interface endpoints.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(
                parent=self, protect=spec.protect or None, ignore_changes=_found(spec)
            ),
        )
        self.vpc_id = vpc.id
        self.ipv4_range = pulumi.Output.from_input(str(spec.ipv4_range))
        self.ipv6_range = self._ipv6_range(name, spec, vpc)
        further = {
            each: ec2.VpcIpv4CidrBlockAssociation(
                f"{name}-{str(each).replace('/', '-')}",
                vpc_id=vpc.id,
                cidr_block=str(each),
                opts=child,
            )
            for each in spec.further_ipv4_ranges or ()
        }

        ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            # No rules: a machine that is put into the default group by mistake can send and receive nothing.
            ingress=[],
            egress=[],
            tags=named(spec.tags, f"{name}-default"),
            opts=child,
        )
        subnets = {
            (part.tier, part.zone): self._subnet(
                name,
                spec,
                part,
                [made for each, made in further.items() if part.ipv4.subnet_of(each)],
            )
            for part in plan
        }
        private = {zone: subnets[Tier.PRIVATE, zone].id for zone in spec.zones}
        routing = route(self, name, spec, self.vpc_id, subnets)
        connect_services(
            self,
            name,
            spec,
            vpc_id=self.vpc_id,
            ipv6_range=self.ipv6_range,
            private_subnet_ids=list(private.values()),
            route_table_ids=[routing.public_table_id, *routing.private_table_ids.values()],
        )
        log_flows(self, name, spec, self.vpc_id)

        self.public_subnet_ids = by_name(routing.public_subnet_ids)
        self.private_subnet_ids = by_name(private)
        self.public_route_table_id = routing.public_table_id
        self.private_route_table_ids = by_name(routing.private_table_ids)
        self.internet_gateway_id = routing.internet_gateway_id
        self.egress_only_gateway_id = routing.egress_only_gateway_id
        self.transit_attachment_id = routing.transit_attachment_id
        self.nat_gateway_ids = by_name(routing.nat_gateway_ids)
        self.nat_addresses = by_name(routing.nat_addresses)
        self.tier_subnet_ids = by_name(
            {tier: by_name(ids) for tier, ids in routing.tier_subnet_ids.items()}
        )
        self.tier_route_table_ids = by_name(
            {tier: by_name(ids) for tier, ids in routing.tier_table_ids.items()}
        )
        self.address_plan = self.ipv6_range.apply(lambda vpc_range: plan_rows(plan, vpc_range))
        register(self)

    def _ipv6_range(self, name: str, spec: NetworkSpec, vpc: ec2.Vpc) -> pulumi.Output[str]:
        """The VPC's IPv6 range, known once it is associated with the VPC."""
        if spec.ipv6.source is not Ipv6Source.BYOIP:
            return vpc.ipv6_cidr_block
        association = ec2.VpcIpv6CidrBlockAssociation(
            f"{name}-ipv6",
            vpc_id=vpc.id,
            ipv6_pool=spec.ipv6.pool_id,
            ipv6_cidr_block=str(spec.ipv6.range),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return association.ipv6_cidr_block

    def _subnet(
        self, name: str, spec: NetworkSpec, plan: SubnetPlan, within: Sequence[pulumi.Resource]
    ) -> ec2.Subnet:
        # Controllers place load balancers by these tags, so further tiers have none.
        tags = (
            {
                **(owned_by(spec.cluster_name) if spec.cluster_name else {}),
                **balancers_in(public=plan.tier is Tier.PUBLIC),
            }
            if isinstance(plan.tier, Tier)
            else {}
        )
        return ec2.Subnet(
            f"{name}-{plan.name}",
            vpc_id=self.vpc_id,
            availability_zone=plan.zone,
            cidr_block=str(plan.ipv4),
            ipv6_cidr_block=self.ipv6_range.apply(plan.ipv6_within),
            assign_ipv6_address_on_creation=True,
            # Only host names made of the instance id have AAAA records; names made of the IPv4 address do not.
            private_dns_hostname_type_on_launch="resource-name",
            enable_resource_name_dns_a_record_on_launch=True,
            enable_resource_name_dns_aaaa_record_on_launch=True,
            tags={**named(spec.tags, f"{name}-{plan.name}"), **tags},
            opts=pulumi.ResourceOptions(parent=self, depends_on=within),
        )


def _found(spec: NetworkSpec) -> list[str] | None:
    """Inputs of the VPC that the provider reads back although the program does not set them.

    Without this it takes a BYOIP range away at the first `up` after a refresh or a change of the VPC, and shows a length that IPAM
    was not asked for as a change in each: https://github.com/hashicorp/terraform-provider-aws/issues/48733
    """
    if spec.ipv6.source is Ipv6Source.BYOIP:
        return ["ipv6_ipam_pool_id", "ipv6_netmask_length"]
    if spec.ipv6.source is Ipv6Source.IPAM and spec.ipv6.range:
        return ["ipv6_netmask_length"]
    return None
