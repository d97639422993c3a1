"""The VPC: its ranges, zones, gateways, endpoints and flow logs."""

from ipaddress import IPv4Network

from pydantic import Field

from ..config.section import Section
from ..facts.choices import FlowLogDestination, Ipv6Source, Nat
from .labels import Tags
from .ranges import NetmaskLength, VpcIpv4Range, VpcIpv6Range
from .values import BucketArn, DnsLabel, EndpointServices, PoolId, RetentionDays, ZoneNames


class Ipv6Section(Section):
    """Where the VPC's IPv6 range comes from."""

    source: Ipv6Source = Ipv6Source.AMAZON
    """Amazon's own /56 by default: public, free, and there in every account."""
    pool_id: PoolId | None = None
    """The IPAM or BYOIP pool."""
    netmask_length: NetmaskLength | None = None
    """The size an IPAM pool is asked for, 44 to 60 in steps of 4."""
    range: VpcIpv6Range | None = None
    """The fixed range to take from the pool."""


class EndpointsSection(Section):
    """Private ways to AWS services."""

    s3: bool = True
    """A gateway endpoint. On by default: it is free and keeps image layers off the NAT gateway."""
    interfaces: EndpointServices = []
    """Services with an interface endpoint in every private subnet. None by default: each is billed by the hour."""


class FlowLogsSection(Section):
    """A record of the VPC's traffic."""

    destination: FlowLogDestination = FlowLogDestination.NONE
    """None by default: they are billed by volume."""
    bucket_arn: BucketArn | None = None
    """The bucket, when the destination is s3."""
    retention_days: RetentionDays = 30
    """How long CloudWatch keeps them. A month: long enough to look into an incident."""


class NetworkSection(Section):
    """The VPC."""

    ipv4_range: VpcIpv4Range = IPv4Network("10.0.0.0/16")
    """A /16 to a /20; a /16 by default, the most a VPC can have."""
    ipv6: Ipv6Section = Ipv6Section()
    zones: ZoneNames = Field(
        description="name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]"
    )
    nat: Nat = Nat.PER_ZONE
    """One NAT gateway a zone by default: a zone that fails takes no other's IPv4 egress with it."""
    endpoints: EndpointsSection = EndpointsSection()
    flow_logs: FlowLogsSection = FlowLogsSection()


class NetworkSpec(NetworkSection):
    """A network on its own."""

    cluster_name: DnsLabel | None = None
    tags: Tags = {}
    protect: bool = False
