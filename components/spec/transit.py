"""A transit gateway, by which machines leave the VPC."""

from typing import Annotated

from ..config.forms import AS_GIVEN, OR_OUTPUT, matching
from ..config.section import Section, ask
from ..facts.aws_names import EC2_ID
from .ranges import PublicAddress
from .values import DnsLabel

TransitGatewayId = Annotated[
    str,
    matching(
        f"tgw-{EC2_ID}",
        "the id of a transit gateway; write one like tgw-0123456789abcdef0",
    ),
    OR_OUTPUT,
    AS_GIVEN,
]


class TransitSection(Section):
    """The transit gateway, with `nat: transit`. Its routes to NAT gateways and back are its owner's."""

    gateway_id: TransitGatewayId = ask("name the transit gateway, like tgw-0123456789abcdef0")
    """The transit gateway. The private subnets are attached to it. It may be an output of another resource or stack."""
    ipv6: bool = ask("say whether IPv6 leaves through the transit gateway too: true or false")
    """Whether IPv6 leaves through the transit gateway too. If not, it leaves through an egress-only gateway of the VPC."""
    nat_addresses: dict[DnsLabel, PublicAddress] | None = None
    """The public IPv4 addresses that machines' traffic has outside, by zone or another name: those of NAT gateways
    behind the transit gateway. An internet-facing API admits them. They may be outputs."""
