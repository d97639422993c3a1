"""Ranges as people write them, read strictly and answered helpfully."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

IpRange = IPv4Network | IPv6Network

RESERVED = (
    ("fd00:ec2::/32", "the VPC's own services (metadata, DNS, time) answer there"),
    ("fe80::/10", "it is link-local and never leaves an interface"),
    ("169.254.0.0/16", "it is link-local; instance metadata answers there"),
)
"""Ranges that nothing in a cluster may touch, and why."""

PLACEHOLDER = re.compile(r"fdXY:IJKL:MNOP", re.IGNORECASE)
"""The example of the Kubernetes page on dual-stack: it shows the form of a range and is none."""


def parse_range(value: Any, version: int | None = None) -> IpRange:
    """A range of either family, or of the one named; host bits and placeholders are refused with advice."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a range; write it like 10.0.0.0/16")
    if PLACEHOLDER.search(value):
        raise ValueError(
            f"{value} is the placeholder of the Kubernetes page, not an address; leave the field out to "
            "get the cluster's own RFC 4193 prefix, or choose a range under fd00::/8"
        )
    if "/" not in value:
        raise ValueError(
            f"{value} has no prefix length; write it like 10.0.0.0/16 or fd12:3456::/56"
        )
    try:
        parsed = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            f"{value} is not a range; write it like 10.0.0.0/16 or fd12:3456::/56"
        ) from None
    if version and parsed.version != version:
        raise ValueError(
            f"{value} is an IPv{parsed.version} range; an IPv{version} range belongs here"
        )
    if str(parsed) != value:
        raise ValueError(f"{value} is not in canonical form; write {parsed}")
    return parsed


def _ipv4(value: Any) -> IpRange:
    return parse_range(value, 4)


def _ipv6(value: Any) -> IpRange:
    return parse_range(value, 6)


_AS_TEXT = PlainSerializer(str, return_type=str)

AnyRange = Annotated[IPv4Network | IPv6Network, BeforeValidator(parse_range), _AS_TEXT]
"""A range of either family."""
Ipv4Range = Annotated[IPv4Network, BeforeValidator(_ipv4), _AS_TEXT]
"""An IPv4 range."""
Ipv6Range = Annotated[IPv6Network, BeforeValidator(_ipv6), _AS_TEXT]
"""An IPv6 range."""


def overlaps(one: IpRange, other: IpRange) -> bool:
    """Whether two ranges share an address; ranges of different families never do."""
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.overlaps(other)
