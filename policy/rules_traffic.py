"""Rules on what security groups let through, in every form in which a program writes them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Network, ip_network
from typing import Any, NamedTuple

from .rule import ANYWHERE, UNKNOWN, Finding, Resource, Rule, Settings, parts, texts

GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
RULE_TYPES = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ingress",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "egress",
}
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
"""Numbers and names of AWS, in one spelling."""

EVERY_PORT = (0, 65535)
TOO_BIG = 2
"""The type of ICMPv6 by which a router says that a packet is too big."""

API_PORTS = {
    "ports": {
        "type": "array",
        "items": {"type": "integer"},
        "default": [6443],
        "description": "Ports of APIs that not everybody may reach.",
    }
}


class Traffic(NamedTuple):
    """What one source may send to a group, or the group to one destination."""

    group: frozenset[str]
    direction: str
    protocol: str
    ports: tuple[int, int]
    peer: str
    resource: Resource

    @property
    def words(self) -> str:
        ports = "" if self.ports == EVERY_PORT or self.protocol == "-1" else _ports(self.ports)
        protocol = "all traffic" if self.protocol == "-1" else self.protocol + ports
        return f"{protocol} {'from' if self.direction == 'ingress' else 'to'} {self.peer}"


def traffic(resources: Sequence[Resource]) -> list[Traffic]:
    """The traffic of all groups, from inline rules and rules of their own. What is unknown is left out.

    The engine lists resources as they were made, which differs from run to run.
    """
    found: list[Traffic] = []
    for one in sorted(resources, key=lambda one: (one.type, one.name)):
        if one.type in GROUPS:
            for direction in ("ingress", "egress"):
                for rule in parts(one.get(direction)):
                    found += _of(one, frozenset({one.urn or one.name}), direction, rule)
        elif one.type == OLD_RULE:
            group = one.refers("securityGroupId", "SecurityGroup")
            found += _of(one, group, str(one.get("type")), one.properties)
        elif one.type in RULE_TYPES:
            group = one.refers("securityGroupId", "SecurityGroup")
            rule = {
                "protocol": one.get("ipProtocol"),
                "fromPort": one.get("fromPort"),
                "toPort": one.get("toPort"),
                "cidrBlocks": [one.get("cidrIpv4")],
                "ipv6CidrBlocks": [one.get("cidrIpv6")],
            }
            found += _of(one, group, RULE_TYPES[one.type], rule)
    return found


def rules_of_both_families(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    every = traffic(resources)
    open_to = defaultdict(set)
    for part in every:
        open_to[part.group, part.direction, part.protocol, part.ports].add(part.peer)
    for part in every:
        if part.peer not in ANYWHERE or part.protocol in ("icmp", "icmpv6") or not part.group:
            continue
        other = ANYWHERE[1 - ANYWHERE.index(part.peer)]
        peers = open_to[part.group, part.direction, part.protocol, part.ports]
        everything = open_to[part.group, part.direction, "-1", EVERY_PORT]
        if other not in peers | everything:
            towards = "from" if part.direction == "ingress" else "to"
            yield Finding(
                part.resource,
                f"the {part.direction} rule allows {part.words} and nothing alike {towards} {other}",
                f"add the rule for {other}, or narrow this one",
            )


def too_big_is_let_in(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    every = traffic(resources)
    let_in = {part.group for part in every if _lets_too_big_in(part)}
    told: set[frozenset[str]] = set()
    for part in every:
        narrow = part.direction == "ingress" and part.protocol in ("tcp", "udp")
        if not narrow or ":" not in part.peer or not part.group or part.group in told:
            continue
        if part.group not in let_in:
            told.add(part.group)
            yield Finding(
                part.resource,
                f"the group lets {part.words} in and drops ICMPv6 type 2 (packet too big)",
                "add an ingress rule for icmpv6, fromPort 2, toPort 0, from ::/0",
            )


def apis_not_open(resources: Sequence[Resource], settings: Settings) -> Iterator[Finding]:
    # The engine sends each number as a float.
    ports = [int(port) for port in settings.get("ports") or API_PORTS["ports"]["default"]]
    for part in traffic(resources):
        if part.direction != "ingress" or part.peer not in ANYWHERE:
            continue
        reached = [port for port in ports if part.ports[0] <= port <= part.ports[1]]
        if reached and part.protocol in ("tcp", "-1"):
            yield Finding(
                part.resource,
                f"{part.words} opens port {reached[0]} to everybody",
                "name the ranges of your offices and VPNs, in both families",
            )
    for cluster in resources:
        if cluster.type == "aws:eks/cluster:Cluster":
            yield from _open_eks(cluster)


def _open_eks(cluster: Resource) -> Iterator[Finding]:
    vpc = cluster.get("vpcConfig", {})
    if not isinstance(vpc, Mapping) or vpc.get("endpointPublicAccess") is False:
        return
    ranges = vpc.get("publicAccessCidrs")
    if ranges is None or set(ANYWHERE) & set(texts(ranges)):
        yield Finding(
            cluster,
            "its API is open to everybody (vpcConfig.publicAccessCidrs)",
            "name the ranges of your offices and VPNs, or set endpointPublicAccess to false",
        )


def _of(
    resource: Resource, group: frozenset[str], direction: str, rule: Mapping[str, Any]
) -> Iterator[Traffic]:
    written = rule.get("protocol")
    if written is None or written is UNKNOWN:
        return
    protocol = PROTOCOLS.get(str(written).lower(), str(written).lower())
    ports = EVERY_PORT
    if protocol != "-1":
        low, high = rule.get("fromPort"), rule.get("toPort")
        if UNKNOWN in (low, high):
            return
        ports = (_number(low, 0), _number(high, 65535))
    for peer in texts(rule.get("cidrBlocks")) + texts(rule.get("ipv6CidrBlocks")):
        yield Traffic(group, direction, protocol, ports, peer, resource)


def _number(value: Any, default: int) -> int:
    return default if value is None else int(value)


def _ports(ports: tuple[int, int]) -> str:
    return f" port {ports[0]}" if ports[0] == ports[1] else f" ports {ports[0]}-{ports[1]}"


def _lets_too_big_in(part: Traffic) -> bool:
    if part.direction != "ingress" or not _everybody(part.peer):
        return False
    return part.protocol == "-1" or (part.protocol == "icmpv6" and part.ports[0] in (-1, TOO_BIG))


def _everybody(peer: str) -> bool:
    """Whether every router of the internet is in a range: packets too big come from any on the way."""
    network = ip_network(peer, strict=False)
    return isinstance(network, IPv6Network) and network.prefixlen <= 3


RULES = (
    Rule(
        "traffic-families",
        "What a security group allows for 0.0.0.0/0 it allows for ::/0, and the reverse.",
        "A rule of one family is seldom meant: half of the clients are let in, or half of the ways out are closed.",
        rules_of_both_families,
        whole=True,
    ),
    Rule(
        "packet-too-big",
        "A security group that lets IPv6 in lets ICMPv6 type 2 in.",
        "No router splits IPv6 packets. Without this message large ones vanish, and connections hang after their start.",
        too_big_is_let_in,
        whole=True,
    ),
    Rule(
        "api-not-open",
        "The API of a Kubernetes cluster is not open to everybody.",
        "It is the one door to everything in the cluster.",
        apis_not_open,
        settings=API_PORTS,
    ),
)
