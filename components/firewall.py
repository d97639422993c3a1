"""The security groups, and the loop that makes their rules of the table of traffic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import NotRequired

import pulumi
from pulumi_aws import ec2, vpc

from .args import FirewallSpecArgs
from .boundary import checked, passed
from .facts.families import ANYWHERE, Family
from .facts.tags import named, owned_by
from .outputs import register
from .rules.part_names import SECURITY_GROUP, part_name
from .rules.part_network import sources_of_a_firewall
from .spec.parts import FirewallSpec
from .spec.values import port_range
from .traffic import API, EVERYTHING, NODES, Group, Rule, Source, Traffic, rules


class FirewallArgs(FirewallSpecArgs):
    """The VPC and the cluster that the rules are for."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    vpc_ipv6_range: pulumi.Input[str]
    """The IPv6 range of the VPC."""
    nat_addresses: NotRequired[Mapping[str, pulumi.Input[str]]]
    """The public address of each NAT gateway, by zone. Nodes reach an internet-facing endpoint over IPv4 from these."""


INPUTS = ("vpc_id", "vpc_ipv6_range", "nat_addresses")
OF_NAT = ("nat_addresses",)


@dataclass(frozen=True, slots=True)
class Peer:
    """The source of one rule: a range of either family, or a security group."""

    ipv4: pulumi.Input[str] | None = None
    ipv6: pulumi.Input[str] | None = None
    group_id: pulumi.Input[str] | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that the table names, as ranges and groups of one VPC."""

    spec: FirewallSpec
    args: FirewallArgs
    group_ids: Mapping[Group, pulumi.Output[str]]

    def of(self, rule: Rule) -> Iterator[tuple[str, Traffic, Peer]]:
        """The rules that a row becomes: the name, the traffic and the source of each."""
        match rule.source:
            case Group() as group if rule.ipv6_traffic:
                peer = Peer(group_id=self.group_ids[group])
                yield f"{rule.name}-ipv4", rule.traffic, peer
                yield f"{rule.name}-ipv6", rule.ipv6_traffic, peer
            case Group() as group:
                yield rule.name, rule.traffic, Peer(group_id=self.group_ids[group])
            case Source.VPC:
                yield f"{rule.name}-ipv4", rule.traffic, Peer(ipv4=passed(self.spec.vpc_ipv4_range))
                yield f"{rule.name}-ipv6", rule.in_ipv6, Peer(ipv6=self.args["vpc_ipv6_range"])
                for further in self.spec.further_vpc_ranges or ():
                    label = f"{rule.name}-ipv4-{further}".replace("/", "-")
                    yield label, rule.traffic, Peer(ipv4=str(further))
            case Source.ANYWHERE:
                yield f"{rule.name}-ipv4", rule.traffic, Peer(ipv4=ANYWHERE[Family.IPV4])
                yield f"{rule.name}-ipv6", rule.in_ipv6, Peer(ipv6=ANYWHERE[Family.IPV6])
            case Source.API_CLIENTS:
                for clients in self.spec.allowed_cidrs:
                    # Two colons separate the parts of a URN, so a resource's name must not contain them.
                    label = f"{rule.name}-{clients}".replace("/", "-").replace(":", "_")
                    ipv4 = isinstance(clients, IPv4Network)
                    yield (
                        label,
                        rule.traffic,
                        Peer(ipv4=str(clients)) if ipv4 else Peer(ipv6=str(clients)),
                    )
                for zone, address in self.args.get("nat_addresses", {}).items():
                    single = pulumi.Output.concat(address, "/32")
                    yield f"{rule.name}-nat-{zone}", rule.traffic, Peer(ipv4=single)


class Firewall(pulumi.ComponentResource):
    """The security groups of a cluster: its API load balancer's, its control plane's, its workers'."""

    load_balancer_group_id: pulumi.Output[str]
    """The security group of the API's load balancer."""
    control_plane_group_id: pulumi.Output[str]
    """The security group of control planes."""
    worker_group_id: pulumi.Output[str]
    """The security group of workers."""

    def __init__(
        self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The security groups of a cluster: its API load balancer's, its control plane's, its workers'.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        fits = part_name(name, SECURITY_GROUP, f"-{Group.CONTROL_PLANE}")
        known = sources_of_a_firewall(args)
        spec = checked(
            FirewallSpec, args, *INPUTS, optional=OF_NAT, by_zone=OF_NAT, rules=[fits, known]
        )
        super().__init__("dualstack:index:Firewall", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)

        groups = {
            group: ec2.SecurityGroup(
                f"{name}-{group}",
                vpc_id=args["vpc_id"],
                description=f"{group} of cluster {spec.cluster_name}",
                # A machine is in one group only: the cloud controller refuses two groups with the cluster's tag.
                tags={**named(spec.tags, f"{name}-{group}"), **owned_by(spec.cluster_name)},
                opts=child,
            )
            for group in Group
        }
        sources = Sources(spec, args, {group: made.id for group, made in groups.items()})
        for rule in rules(spec.cni, spec.ports_from_nodes, port_range(spec.node_ports)):
            for label, traffic, peer in sources.of(rule):
                vpc.SecurityGroupIngressRule(
                    f"{name}-{label}",
                    security_group_id=groups[rule.group].id,
                    description=f"{rule.purpose} from {rule.source}",
                    ip_protocol=traffic.protocol,
                    from_port=traffic.first,
                    to_port=traffic.last,
                    cidr_ipv4=peer.ipv4,
                    cidr_ipv6=peer.ipv6,
                    referenced_security_group_id=peer.group_id,
                    tags=named(spec.tags, f"{name}-{label}"),
                    opts=child,
                )
        vpc.SecurityGroupEgressRule(
            f"{name}-{Group.LOAD_BALANCER}-api",
            security_group_id=groups[Group.LOAD_BALANCER].id,
            description="To the API servers",
            ip_protocol=API.protocol,
            from_port=API.first,
            to_port=API.last,
            referenced_security_group_id=groups[Group.CONTROL_PLANE].id,
            tags=named(spec.tags, f"{name}-{Group.LOAD_BALANCER}-api"),
            opts=child,
        )
        for group in NODES:
            for family, anywhere in ANYWHERE.items():
                label = f"{name}-{group}-egress-{family.lower()}"
                vpc.SecurityGroupEgressRule(
                    label,
                    security_group_id=groups[group].id,
                    description="To anywhere",
                    ip_protocol=EVERYTHING.protocol,
                    cidr_ipv4=anywhere if family is Family.IPV4 else None,
                    cidr_ipv6=anywhere if family is Family.IPV6 else None,
                    tags=named(spec.tags, label),
                    opts=child,
                )
        self.load_balancer_group_id = groups[Group.LOAD_BALANCER].id
        self.control_plane_group_id = groups[Group.CONTROL_PLANE].id
        self.worker_group_id = groups[Group.WORKER].id
        register(self)
