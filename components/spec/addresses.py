"""The addresses of pods and Services."""

from ipaddress import IPv4Network

from ..config.section import Section
from .ranges import Ipv4Range, Ipv6Range
from .values import USUAL_NODE_PORTS, Ipv4Mask, Ipv6Mask, NodePorts


class PodsSection(Section):
    """The addresses of pods. Each node gets a share of both ranges."""

    ipv4_range: Ipv4Range = IPv4Network("10.244.0.0/16")
    """The IPv4 range of all pods, outside the VPC's and the Services' ranges."""
    ipv6_range: Ipv6Range | None = None
    """The IPv6 range of all pods. By default a /56 of the cluster's own RFC 4193 prefix, so that two clusters never
    collide. In 1.16, where a node's share is a /24, the default is a /16 beside that prefix."""
    node_mask_ipv4: Ipv4Mask = 24
    """The prefix length of a node's share of the IPv4 range. A /24 has room for the 110 pods that a kubelet runs."""
    node_mask_ipv6: Ipv6Mask | None = None
    """The prefix length of a node's share of the IPv6 range. 64 by default; in 1.16, which has one mask for both
    families, it is `nodeMaskIpv4`."""


class ServicesSection(Section):
    """The addresses of Services."""

    ipv4_range: Ipv4Range = IPv4Network("10.96.0.0/16")
    """The IPv4 range of Services, outside the VPC's and the pods' ranges."""
    ipv6_range: Ipv6Range | None = None
    """The IPv6 range of Services. By default a /112 of the cluster's own RFC 4193 prefix, so that two clusters never
    collide."""
    node_ports: NodePorts = USUAL_NODE_PORTS
    """The ports on every node that Services of type NodePort and LoadBalancer get. The firewall opens them to the VPC."""
