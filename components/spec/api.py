"""The API endpoint: who may reach it, and by what name."""

from ..config.section import Section, ask
from ..facts.choices import Scheme
from .ranges import ClientRange
from .values import DnsName, HostedZoneId


class AllowedSection(Section):
    """Who may reach the API."""

    allowed_cidrs: list[ClientRange] = ask(
        "name the ranges that may reach the API, in both families; there is no open default",
        min_length=1,
    )
    """Ranges that may reach the API: at least one of each family. Machines of the cluster always may."""


class EndpointSection(Section):
    """Where the API is reached, and by what name."""

    scheme: Scheme = Scheme.INTERNAL
    """Whether the load balancer has public addresses. Internal by default: a public endpoint is a decision."""
    hosted_zone_id: HostedZoneId | None = None
    """The Route 53 zone that gets the records of `dnsName`."""
    dns_name: DnsName | None = None
    """A name for the API, with A and AAAA records in the hosted zone. By default the load balancer's own name."""


class ApiSection(EndpointSection, AllowedSection):
    """The API endpoint: a network load balancer with addresses of both families."""
