"""The VPC: its ranges, zones, gateways, endpoints and flow logs."""

from ipaddress import IPv4Network

from ..config.section import Section, ask
from ..facts.choices import FlowLogDestination, Ipv6Source, Nat
from .labels import Tags
from .ranges import NetmaskLength, VpcIpv4Range, VpcIpv6Range
from .values import BucketArn, DnsLabel, EndpointServices, PoolId, RetentionDays, ZoneNames


class Ipv6Section(Section):
    """Where the VPC's IPv6 range comes from."""

    source: Ipv6Source = Ipv6Source.AMAZON
    """Who assigns the range. Amazon's /56 is the default: it is public, free, and available in every account."""
    pool_id: PoolId | None = None
    """The IPAM or BYOIP pool, when `source` is one of these."""
    netmask_length: NetmaskLength | None = None
    """The prefix length to request from an IPAM pool: 44 to 60 in steps of 4. Not beside `range`."""
    range: VpcIpv6Range | None = None
    """The exact range to take from the pool: required of a BYOIP pool, possible with an IPAM pool."""


class EndpointsSection(Section):
    """Private connections from the VPC to AWS services."""

    s3: bool = True
    """A gateway endpoint for S3. On by default: it is free and keeps image layers off the NAT gateways."""
    interfaces: EndpointServices = []
    """Services that get an interface endpoint in every private subnet, like `ssm` or `ecr.api`. None by default: AWS
    bills each by the hour. In aws-cn a full name is allowed too, like `cn.com.amazonaws.cn-north-1.transcribe.cn`."""


class FlowLogsSection(Section):
    """A record of the VPC's traffic."""

    destination: FlowLogDestination = FlowLogDestination.NONE
    """Where the flow logs go. None by default: AWS bills them by volume."""
    bucket_arn: BucketArn | None = None
    """The bucket, when the destination is `s3`."""
    retention_days: RetentionDays = 30
    """How long CloudWatch keeps them, in days. A month is long enough to look into an incident."""


class NetworkSection(Section):
    """The VPC."""

    ipv4_range: VpcIpv4Range = IPv4Network("10.0.0.0/16")
    """The IPv4 range of the VPC, a /16 to a /20. A /16 is the most that a VPC can have."""
    ipv6: Ipv6Section = Ipv6Section()
    """Where the VPC's IPv6 range comes from."""
    zones: ZoneNames = ask("name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]")
    """One to six availability zones of the region. Each gets a public and a private subnet."""
    nat: Nat = Nat.PER_ZONE
    """NAT gateways for IPv4 egress. One in each zone by default: a zone that fails takes no other's egress with it."""
    endpoints: EndpointsSection = EndpointsSection()
    """Private connections from the VPC to AWS services."""
    flow_logs: FlowLogsSection = FlowLogsSection()
    """A record of the VPC's traffic."""


class NetworkSpec(NetworkSection):
    """A network on its own."""

    cluster_name: DnsLabel | None = None
    """The cluster whose controllers may use the subnets; its name goes into their tags."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = False
    """Refuse to delete the VPC."""
