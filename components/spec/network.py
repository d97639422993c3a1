"""The VPC: its ranges, zones, gateways, endpoints and flow logs."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, ClassVar

from pydantic import Field

from ..config.forms import distinct
from ..config.section import Section, ask, sound
from ..facts.choices import FlowLogDestination, Ipv6Source, Nat
from ..facts.subnet_plan import WHOLE_SHARES, SubnetPlan, Tier, plan_subnets, plan_tier
from .labels import Tags
from .ranges import (
    FurtherVpcIpv4Range,
    NetmaskLength,
    SubnetSize,
    VpcIpv4Range,
    VpcIpv6Range,
)
from .tiers import TierName, TierSection
from .transit import TransitSection
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


class SubnetsSection(Section):
    """The sizes of subnets. A change replaces them, and what is in them."""

    private_size: SubnetSize | None = None
    """The prefix length of private subnets, at most 27. By default a subnet has its zone's whole share, an eighth of the
    VPC: a /19 of a /16."""
    public_size: SubnetSize | None = None
    """The prefix length of public subnets, at most 27. By default the whole share, a sixty-fourth of the VPC: a /22 of a
    /16."""

    @property
    def sizes(self) -> Mapping[Tier, int]:
        """The sizes that are chosen, by tier."""
        chosen = {Tier.PRIVATE: self.private_size, Tier.PUBLIC: self.public_size}
        return {tier: size for tier, size in chosen.items() if size is not None}


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

    SECTION: ClassVar[str] = "network"
    ZONES: ClassVar[str] = "zones"
    SERVICES: ClassVar[str] = "endpoints.interfaces"

    ipv4_range: VpcIpv4Range = IPv4Network("10.0.0.0/16")
    """The IPv4 range of the VPC, a /16 to a /20. A /16 is the most that a VPC can have."""
    further_ipv4_ranges: (
        Annotated[list[FurtherVpcIpv4Range], Field(max_length=4), distinct("range")] | None
    ) = None
    """Up to four further IPv4 ranges of the VPC, each a /16 to a /28. Security groups that admit the VPC admit them too. No
    subnet of machines is in them."""
    subnets: SubnetsSection | None = None
    """The sizes of subnets."""
    tiers: dict[TierName, TierSection] | None = None
    """Further subnets in each zone, by the name of their tier, like those of databases. The cluster puts nothing there."""
    ipv6: Ipv6Section = Ipv6Section()
    """Where the VPC's IPv6 range comes from."""
    zones: ZoneNames = ask("name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]")
    """One to six availability zones of the region. Each gets a public and a private subnet."""
    nat: Nat = Nat.PER_ZONE
    """NAT gateways for IPv4 egress. One in each zone by default: a zone that fails takes no other's egress with it."""
    transit: TransitSection | None = None
    """The transit gateway in place of NAT gateways, with `nat: transit`."""
    endpoints: EndpointsSection = EndpointsSection()
    """Private connections from the VPC to AWS services."""
    flow_logs: FlowLogsSection = FlowLogsSection()
    """A record of the VPC's traffic."""

    @property
    def zone_paths(self) -> Mapping[str, str]:
        """The zones by their paths in the configuration."""
        return {f"{self.SECTION}.zones[{index}]": zone for index, zone in sound(self.zones).items()}

    @property
    def ranges(self) -> Mapping[str, IPv4Network]:
        """The VPC's IPv4 ranges by their paths in the configuration."""
        further = {
            f"{self.SECTION}.furtherIpv4Ranges[{index}]": each
            for index, each in enumerate(self.further_ipv4_ranges or ())
        }
        return {f"{self.SECTION}.ipv4Range": self.ipv4_range, **further}

    @property
    def known_ipv6_range(self) -> tuple[str, IPv6Network | None]:
        """The path of the VPC's IPv6 range, and the range if it is known before anything exists."""
        return f"{self.SECTION}.ipv6.range", self.ipv6.range

    @property
    def private_ranges(self) -> Mapping[str, IPv4Network]:
        """The IPv4 range of machines in each zone."""
        return {part.zone: part.ipv4 for part in self._own_plan() if part.tier is Tier.PRIVATE}

    @property
    def more_room(self) -> str:
        """What gives machines more addresses."""
        if self.subnets and self.subnets.private_size:
            return f"a smaller {self.SECTION}.subnets.privateSize"
        return f"a larger {self.SECTION}.ipv4Range"

    @property
    def plan(self) -> list[SubnetPlan]:
        """Its subnets: public and private ones in the order of the zones, then those of further tiers by slot."""
        further = [
            part
            for name, tier in self.further_tiers
            for part in plan_tier(name, tier.slot, self.zones, self.ipv4_range, tier.ipv4_range)
        ]
        return [*self._own_plan(), *further]

    @property
    def further_tiers(self) -> list[tuple[str, TierSection]]:
        """The further tiers by slot, because a map from a program in another language has no order."""
        return sorted((self.tiers or {}).items(), key=lambda each: each[1].slot)

    def _own_plan(self) -> list[SubnetPlan]:
        return plan_subnets(self.ipv4_range, self.zones, self.sizes)

    @property
    def sizes(self) -> Mapping[Tier, int]:
        """The sizes that are chosen, by tier."""
        return self.subnets.sizes if self.subnets else WHOLE_SHARES

    @property
    def cut_off_from_ipv4(self) -> str | None:
        """The setting by which machines reach no IPv4 destination outside; None if they do."""
        return f"{self.SECTION}.nat is none" if self.nat is Nat.NONE else None

    @property
    def nat_zones(self) -> list[str]:
        """The zones in which a NAT gateway is made."""
        return {Nat.PER_ZONE: self.zones, Nat.SINGLE: self.zones[:1]}.get(self.nat, [])

    @property
    def nat_names(self) -> list[str]:
        """The names of the public addresses of machines' IPv4 traffic: zones with a NAT gateway, or names that are given."""
        return sorted(self.transit.nat_addresses or {}) if self.transit else self.nat_zones

    @property
    def services(self) -> list[str]:
        """The AWS services that machines reach inside the VPC."""
        return [*self.endpoints.interfaces, *(["s3"] if self.endpoints.s3 else [])]


class NetworkSpec(NetworkSection):
    """A network on its own."""

    cluster_name: DnsLabel | None = None
    """The cluster whose controllers may use the subnets; its name goes into their tags."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = False
    """Refuse to delete the VPC."""
