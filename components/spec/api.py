"""The API endpoint: who may reach it, and by what name."""

from pydantic import Field

from ..config.section import Section
from ..facts.choices import Scheme
from .ranges import AnyRange
from .values import DnsName, HostedZoneId


class AllowedSection(Section):
    """Who may reach the API."""

    allowed_cidrs: list[AnyRange] = Field(
        min_length=1,
        description="name the ranges that may reach the API, in both families; there is no open default",
    )


class EndpointSection(Section):
    """Where the API is reached, and by what name."""

    scheme: Scheme = Scheme.INTERNAL
    """Internal by default: a public endpoint is a decision."""
    hosted_zone_id: HostedZoneId | None = None
    dns_name: DnsName | None = None
    """A name for the API, with A and AAAA records in the hosted zone. The load balancer's own by default."""


class ApiSection(EndpointSection, AllowedSection):
    """The API endpoint."""
