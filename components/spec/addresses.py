"""The addresses of pods and Services."""

from ipaddress import IPv4Network

from ..config.section import Section
from .ranges import Ipv4Range, Ipv6Range
from .values import Ipv4Mask, Ipv6Mask


class PodsSection(Section):
    """The addresses of pods."""

    ipv4_range: Ipv4Range = IPv4Network("10.244.0.0/16")
    ipv6_range: Ipv6Range | None = None
    """The cluster's own RFC 4193 prefix by default, so that two clusters never collide."""
    node_mask_ipv4: Ipv4Mask = 24
    """Each node's share: a /24 by default, room for the 110 pods a kubelet runs."""
    node_mask_ipv6: Ipv6Mask | None = None
    """A /64 by default (a /24 in 1.16, which knows one mask for both families)."""


class ServicesSection(Section):
    """The addresses of Services."""

    ipv4_range: Ipv4Range = IPv4Network("10.96.0.0/16")
    ipv6_range: Ipv6Range | None = None
    """A /112 of the cluster's own RFC 4193 prefix by default."""
