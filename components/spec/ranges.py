"""Ranges: only canonical forms are accepted, and each refusal says what to write."""

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_interface, ip_network
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from ..config.forms import AS_GIVEN, OR_OUTPUT, Whole
from ..config.wording import short, shown
from ..facts.families import Family

IpRange = IPv4Network | IPv6Network
R = TypeVar("R", IPv4Network, IPv6Network)

RESERVED: tuple[tuple[IpRange, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "it means this host"),
    (IPv4Network("127.0.0.0/8"), "it is each machine's loopback"),
    (IPv4Network("169.254.0.0/16"), "it is link-local; instance metadata answers there"),
    (IPv4Network("224.0.0.0/4"), "it is multicast"),
    (IPv6Network("::/96"), "loopback and the unspecified address lie there"),
    (IPv6Network("::ffff:0:0/96"), "it is IPv4 written as IPv6"),
    (IPv6Network("64:ff9b::/96"), "NAT64 answers there"),
    (IPv6Network("fd00:ec2::/32"), "the VPC's own services (metadata, DNS, time) answer there"),
    (IPv6Network("fe80::/10"), "it is link-local and never leaves an interface"),
    (IPv6Network("fec0::/10"), "site-local addresses were abolished; kubeadm warns of them"),
    (IPv6Network("ff00::/8"), "it is multicast"),
)
"""Ranges that nothing in a cluster may touch, and why."""

MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 written as IPv6. Packets of IPv4 have IPv4 addresses, so no rule for these ever matches."""

OF_NO_CLIENT: tuple[tuple[IpRange, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "it means this host"),
    (IPv4Network("127.0.0.0/8"), "it is each machine's loopback"),
    (IPv4Network("169.254.0.0/16"), "it is link-local and never leaves a link"),
    (IPv4Network("224.0.0.0/4"), "it is multicast"),
    (IPv4Network("255.255.255.255/32"), "it is the broadcast address"),
    (IPv6Network("::/127"), "it is loopback and the unspecified address"),
    (IPv6Network("fe80::/10"), "it is link-local and never leaves a link"),
    (IPv6Network("ff00::/8"), "it is multicast"),
)
"""Ranges whose addresses no packet of a client has, and why."""

NOT_PUBLIC = (*(one for one, _ in OF_NO_CLIENT), IPv4Network("240.0.0.0/4"))
"""Ranges of which no address is public, beside the private ones."""

PUBLIC_IPV6 = IPv6Network("2000::/3")
"""The IPv6 addresses of the internet. https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml"""

DOCUMENTATION_IPV6 = (IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
"""Those that only pages and tests have: RFC 3849 and RFC 9637."""

UNIQUE_LOCAL = IPv6Network("fc00::/7")
"""Private IPv6 addresses: RFC 4193."""

EXAMPLES = {Family.IPV4: "192.0.2.0/24", Family.IPV6: "2001:db8:1::/48"}
"""A range of each family for messages, from the ranges reserved for documentation."""

PRIVATE = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Private IPv4 ranges: RFC 1918 and, last, RFC 6598."""

VPC_PREFIXES = range(16, 21)
"""AWS accepts a /16 to a /28. A /20 is the smallest that leaves each zone a /23 for nodes and a /26 for load balancers."""

EXISTING_PREFIXES = range(16, 29)
"""The prefix lengths that AWS accepts for VPCs and subnets. Of an existing VPC no more is asked."""

SMALLEST_SUBNET = EXISTING_PREFIXES[-1]
"""The longest prefix of a subnet."""

VPC_IPV6_PREFIXES = range(44, 61, 4)
"""The prefix lengths that a VPC's IPv6 range can have. The smallest range, a /60, holds the blocks of the address plan."""

PLACEHOLDER = re.compile(r"fdXY:IJKL:MNOP", re.IGNORECASE)
"""The placeholder on the Kubernetes page on dual-stack. It shows the form of a range and is not an address."""


def parse_range(value: Any, version: int | None = None) -> IpRange:
    """Parse a range of either family, or of the given one. A ValueError says what to write instead of host bits or placeholders."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    example = {4: "10.0.0.0/16", 6: "fd12:3456::/56"}.get(
        version or 0, "10.0.0.0/16 or fd12:3456::/56"
    )
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a range; write it like {example}")
    if PLACEHOLDER.search(value):
        raise ValueError(
            f"{short(value)} is the placeholder of the Kubernetes page, not an address; leave the field out to "
            "get the cluster's own RFC 4193 prefix, or choose a range under fd00::/8"
        )
    try:
        parsed = ip_network(value.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a range; write it like {example}") from None
    if isinstance(parsed, IPv6Network) and parsed.subnet_of(MAPPED):
        meant = IPv4Network(
            (int(parsed.network_address) & 0xFFFFFFFF, parsed.prefixlen - MAPPED.prefixlen)
        )
        advice = "an IPv6 range belongs here" if version == 6 else f"write {meant}"
        raise ValueError(f"{short(value)} is IPv4 written as IPv6; {advice}")
    if version and parsed.version != version:
        raise ValueError(
            f"{value} is an IPv{parsed.version} range; an IPv{version} range belongs here"
        )
    if "/" not in value:
        raise ValueError(
            f"{value} has no prefix length; write {parsed} for the one address, or a range like {example}"
        )
    if value != value.strip():
        raise ValueError(f"{shown(value)} has spaces around it; write {parsed}")
    if ip_interface(value).ip != parsed.network_address:
        raise ValueError(f"{value} has bits set beyond its prefix length; write {parsed}")
    if str(parsed) != value:
        raise ValueError(f"{value} is not in canonical form; write {parsed}")
    return parsed


def _ipv4(value: Any) -> IpRange:
    return parse_range(value, 4)


def _ipv6(value: Any) -> IpRange:
    return parse_range(value, 6)


def _clear(value: R) -> R:
    for reserved, reason in RESERVED:
        if overlaps(value, reserved):
            where = "is reserved" if value == reserved else f"overlaps {reserved}"
            raise ValueError(f"{value} {where}: {reason}; choose another range")
    return value


def _of_clients(value: IpRange) -> IpRange:
    for never, reason in OF_NO_CLIENT:
        if contains(never, value):
            raise ValueError(
                f"{value} is of no client: {reason}; write a range from which clients come"
            )
    return value


def is_public_ipv6(value: IPv6Network) -> bool:
    """Whether the internet can have a route to a range."""
    return value.subnet_of(PUBLIC_IPV6) and not any(map(value.overlaps, DOCUMENTATION_IPV6))


def _vpc_ipv4(value: IPv4Network) -> IPv4Network:
    if value.prefixlen not in VPC_PREFIXES:
        raise ValueError(f"{value} is a /{value.prefixlen}; a VPC takes a /16 to a /20 here")
    return _private(value)


def _private(value: IPv4Network) -> IPv4Network:
    if not any(value.subnet_of(space) for space in PRIVATE):
        raise ValueError(
            f"{value} is not private, so its machines could not reach the real owners of these addresses; "
            "choose a range of RFC 1918 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) or RFC 6598 (100.64.0.0/10)"
        )
    return value


def _any_vpc_ipv4(value: IPv4Network) -> IPv4Network:
    if value.prefixlen not in EXISTING_PREFIXES:
        raise ValueError(f"{value} is a /{value.prefixlen}; a VPC's range is a /16 to a /28")
    return value


def _further_vpc_ipv4(value: IPv4Network) -> IPv4Network:
    return _private(_any_vpc_ipv4(value))


def _subnet_ipv4(value: IPv4Network) -> IPv4Network:
    if value.prefixlen not in EXISTING_PREFIXES:
        raise ValueError(f"{value} is a /{value.prefixlen}; a subnet's range is a /16 to a /28")
    return value


def is_public_ipv4(value: str) -> bool:
    """Whether a text is a public IPv4 address."""
    with suppress(ValueError):
        address = IPv4Address(value)
        return not any(address in other for other in (*PRIVATE, *NOT_PUBLIC))
    return False


def public_ipv4(value: str) -> str:
    """The same text, or a ValueError if it is no public IPv4 address."""
    if is_public_ipv4(value):
        return value
    raise ValueError(
        f"{shown(value)} is no public IPv4 address; write the one that servers outside see, like 198.51.100.7"
    )


def _vpc_ipv6(value: IPv6Network) -> IPv6Network:
    if value.prefixlen not in VPC_IPV6_PREFIXES:
        raise ValueError(
            f"{value} is a /{value.prefixlen}; a VPC takes a /44, /48, /52, /56 or /60"
        )
    return value


def _netmask_length(value: int) -> int:
    if value not in VPC_IPV6_PREFIXES:
        raise ValueError(
            f"{shown(value)} is no size of a VPC's IPv6 range; write 44, 48, 52, 56 or 60"
        )
    return value


_AS_TEXT = PlainSerializer(str, return_type=str)

ClientRange = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(parse_range), AfterValidator(_of_clients), _AS_TEXT
]
"""A range of either family, from which clients come."""
Ipv4Range = Annotated[IPv4Network, BeforeValidator(_ipv4), AfterValidator(_clear), _AS_TEXT]
"""An IPv4 range that a cluster may use."""
Ipv6Range = Annotated[IPv6Network, BeforeValidator(_ipv6), AfterValidator(_clear), _AS_TEXT]
"""An IPv6 range that a cluster may use."""
VpcIpv4Range = Annotated[Ipv4Range, AfterValidator(_vpc_ipv4)]
"""An IPv4 range that a VPC may have."""
FurtherVpcIpv4Range = Annotated[Ipv4Range, AfterValidator(_further_vpc_ipv4)]
"""An IPv4 range that a VPC may have beside its first."""
VpcIpv6Range = Annotated[Ipv6Range, AfterValidator(_vpc_ipv6)]
"""An IPv6 range that a VPC may have."""
LinkedIpv6Range = Annotated[
    IPv6Network, BeforeValidator(_ipv6), AfterValidator(_clear), OR_OUTPUT, AS_GIVEN
]
"""An IPv6 range that another resource may give."""
LinkedIpv4Range = Annotated[
    IPv4Network, BeforeValidator(_ipv4), AfterValidator(_clear), OR_OUTPUT, AS_GIVEN
]
"""An IPv4 range that another resource may give."""
ExistingVpcRange = Annotated[Ipv4Range, AfterValidator(_any_vpc_ipv4)]
"""An IPv4 range that an existing VPC may have."""
ExistingSubnetRange = Annotated[Ipv4Range, AfterValidator(_subnet_ipv4)]
"""An IPv4 range that an existing subnet may have."""
PublicAddress = Annotated[str, AfterValidator(public_ipv4), OR_OUTPUT, AS_GIVEN]
"""A public IPv4 address."""
SubnetSize = Annotated[Whole, Field(ge=16, le=27)]
"""The prefix length of the IPv4 range of a subnet with load balancers, which need a /27."""
NetmaskLength = Annotated[Whole, AfterValidator(_netmask_length)]
"""The prefix length of an IPv6 range that a VPC may have."""


def overlaps(one: IpRange, other: IpRange) -> bool:
    """Whether two ranges share an address; ranges of different families never do."""
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.overlaps(other)


def contains(outer: IpRange, inner: IpRange) -> bool:
    """Whether a range lies inside another of its family, or is the same."""
    return overlaps(outer, inner) and outer.prefixlen <= inner.prefixlen


def left_out(ranges: Iterable[IpRange]) -> list[Family]:
    """The families that none of the ranges is of."""
    versions = {one.version for one in ranges}
    return [family for family in Family if family.version not in versions]
