"""A VPC that exists already: its ranges, its subnets by zone and tier, and what leaves it."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, ClassVar

from pydantic import Field

from ..config.forms import AS_GIVEN, OR_OUTPUT, comes_later, distinct, matching
from ..config.section import Section, ask
from ..facts.aws_names import EC2_ID
from ..facts.subnet_plan import Tier
from .ranges import ExistingSubnetRange, ExistingVpcRange, LinkedIpv6Range, PublicAddress
from .values import DnsLabel, EndpointServices, ZoneName

VpcId = Annotated[
    str,
    matching(f"vpc-{EC2_ID}", "the id of a VPC; write one like vpc-0123456789abcdef0"),
    OR_OUTPUT,
    AS_GIVEN,
]
SubnetId = Annotated[
    str,
    matching(f"subnet-{EC2_ID}", "the id of a subnet; write one like subnet-0123456789abcdef0"),
    OR_OUTPUT,
    AS_GIVEN,
]


class ExistingSubnetSection(Section):
    """A subnet of an existing VPC."""

    id: SubnetId = ask("name the subnet, like subnet-0123456789abcdef0")
    """The subnet. It may be an output of another resource or stack."""
    ipv4_range: ExistingSubnetRange = ask("write the subnet's IPv4 range, like 10.0.0.0/20")
    """Its IPv4 range, from which the room for machines follows."""
    ipv6_range: LinkedIpv6Range = ask(
        "write the subnet's IPv6 range; a subnet without one is not dual-stack, and its owner can give it one"
    )
    """Its IPv6 range. It may be an output."""


class ExistingNetworkSection(Section):
    """A VPC that exists already, in place of `network`. Nothing in it is changed but tags, if `tagSubnets` says so."""

    SECTION: ClassVar[str] = "existingNetwork"
    ZONES: ClassVar[str] = "privateSubnets"
    SERVICES: ClassVar[str] = "endpoints"

    vpc_id: VpcId = ask("name the VPC, like vpc-0123456789abcdef0")
    """The VPC. It may be an output of another resource or stack."""
    ipv4_ranges: Annotated[list[ExistingVpcRange], Field(min_length=1), distinct("range")] = ask(
        "list the VPC's IPv4 ranges, the primary one first, like [10.0.0.0/16]"
    )
    """All IPv4 ranges of the VPC, the primary one first: pods and Services must keep clear of them."""
    ipv6_range: LinkedIpv6Range = ask(
        "write the VPC's IPv6 range; a VPC without one is not dual-stack, and its owner can give it one"
    )
    """The VPC's IPv6 range, in which its subnets are. It may be an output."""
    private_subnets: Annotated[dict[ZoneName, ExistingSubnetSection], Field(min_length=1)] = ask(
        "name a subnet for machines in each zone, by zone"
    )
    """The subnet of machines in each zone, by zone. Both families must have a route out of it."""
    public_subnets: dict[ZoneName, ExistingSubnetSection] = {}
    """The subnet of internet-facing load balancers in each zone, by zone. Without any, the API can only be internal."""
    ipv4_egress: bool = True
    """Whether machines reach IPv4 destinations outside, through a NAT gateway, a transit gateway or another way. Without
    it, mirrors and an image repository that answer over IPv6 are required."""
    nat_addresses: dict[DnsLabel, PublicAddress] | None = None
    """The public IPv4 addresses that machines' traffic has outside the VPC, by zone or another name: those of NAT
    gateways. An internet-facing API admits them. They may be outputs."""
    endpoints: EndpointServices = []
    """Services that have an interface endpoint in the VPC, like `ssm` or `ecr.api`. Machines reach them without a proxy."""
    tag_subnets: bool = False
    """Tag the subnets, so that the cluster's controllers find them for load balancers. Off by default: nothing of the
    VPC is changed, and who only shares the VPC cannot tag. Its owner may set the same tags."""

    @property
    def zones(self) -> list[str]:
        """The zones of machines. Sorted, because a map from a program in another language has no order."""
        return sorted(self.private_subnets)

    @property
    def zone_paths(self) -> Mapping[str, str]:
        """The zones of all subnets by their paths in the configuration."""
        return {
            f"{self.SECTION}.{tier}.{zone}": zone
            for tier, subnets in self.tiers.items()
            for zone in sorted(subnets)
        }

    @property
    def tiers(self) -> Mapping[str, Mapping[str, ExistingSubnetSection]]:
        """The subnets by zone, by the key of their tier."""
        return {"privateSubnets": self.private_subnets, "publicSubnets": self.public_subnets}

    @property
    def by_path(self) -> Mapping[str, ExistingSubnetSection]:
        """The subnets of both tiers by their paths in the configuration."""
        return {
            f"{self.SECTION}.{tier}.{zone}": subnets[zone]
            for tier, subnets in self.tiers.items()
            for zone in sorted(subnets)
        }

    @property
    def subnets(self) -> list[tuple[Tier, str, ExistingSubnetSection]]:
        """The tier, the zone and the fields of each subnet, in the order of the zones, public first."""
        tiers = ((Tier.PUBLIC, self.public_subnets), (Tier.PRIVATE, self.private_subnets))
        return [
            (tier, zone, by_zone[zone])
            for zone in sorted({*self.public_subnets, *self.private_subnets})
            for tier, by_zone in tiers
            if zone in by_zone
        ]

    @property
    def more_room(self) -> str:
        """What gives machines more addresses."""
        return f"larger {self.SECTION}.privateSubnets"

    @property
    def ranges(self) -> Mapping[str, IPv4Network]:
        """The VPC's IPv4 ranges by their paths in the configuration."""
        return {
            f"{self.SECTION}.ipv4Ranges[{index}]": one for index, one in enumerate(self.ipv4_ranges)
        }

    @property
    def known_ipv6_range(self) -> tuple[str, IPv6Network | None]:
        """The path of the VPC's IPv6 range, and the range if it is known before anything exists."""
        known = None if comes_later(self.ipv6_range) else self.ipv6_range
        return f"{self.SECTION}.ipv6Range", known

    @property
    def private_ranges(self) -> Mapping[str, IPv4Network]:
        """The IPv4 range of machines in each zone."""
        return {zone: subnet.ipv4_range for zone, subnet in self.private_subnets.items()}

    @property
    def cut_off_from_ipv4(self) -> str | None:
        """The setting by which machines reach no IPv4 destination outside; None if they do."""
        return None if self.ipv4_egress else f"{self.SECTION}.ipv4Egress is false"

    @property
    def nat_names(self) -> list[str]:
        """The names of the public addresses of machines' IPv4 traffic."""
        return sorted(self.nat_addresses or {})

    @property
    def services(self) -> list[str]:
        """The AWS services that machines reach inside the VPC."""
        return self.endpoints
