"""The resources in AWS at one moment, as far as machines and their networks need them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from components.facts.tags import owned_by

[CLUSTER_TAG] = owned_by("")
"""The prefix of the tag key that names an instance's cluster."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule of a security group or a network ACL. Its peer is a range of one family, or the members of a group."""

    protocol: str
    first: int | None
    last: int | None
    range: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Acl:
    """A subnet's network ACL: rules in their order, each with True if it allows. A packet that matches none is denied."""

    ingress: tuple[tuple[Permission, bool], ...]
    egress: tuple[tuple[Permission, bool], ...]


@dataclass(frozen=True, slots=True)
class SubnetView:
    """A subnet, its routes out of the VPC, and its network ACL."""

    id: str
    vpc: str
    zone: str
    ipv4: IPv4Network
    ipv6: IPv6Network | None
    ipv4_way: str
    """The target of the IPv4 default route: the public address of a NAT gateway, `internet`, or an empty string."""
    ipv6_way: str
    """The target of the IPv6 default route: `egress`, `internet`, or an empty string."""
    acl: Acl

    @property
    def router(self) -> str:
        return str(self.ipv4[1])


@dataclass(frozen=True, slots=True)
class VpcView:
    """A VPC, its ranges and its subnets."""

    id: str
    ipv4: IPv4Network
    ipv6: tuple[IPv6Network, ...]
    subnets: tuple[SubnetView, ...]

    @property
    def resolver(self) -> str:
        return str(self.ipv4[2])


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance, as it was launched."""

    id: str
    state: str
    vpc: str
    subnet: str
    zone: str
    region: str
    ipv4: str
    ipv6: str
    public_ipv4: str
    mac: str
    interface: str
    groups: tuple[str, ...]
    type: str
    image: str
    profile: str
    """The ARN of its instance profile, or an empty string."""
    hop_limit: int
    needs_token: bool
    """Whether its metadata service requires a token, as in version 2."""
    checks_source: bool
    launched: float
    """The time of the launch, in seconds since the epoch."""
    tags: tuple[tuple[str, str], ...]
    target_state: str = ""
    """The lifecycle state of its Auto Scaling group that it is going to, or an empty string outside of a group."""
    life_cycle: str = "on-demand"
    """How it was bought: `on-demand` or `spot`."""
    interruption: str = ""
    """The notice with which EC2 takes a spot instance back, as JSON, or an empty string."""
    rebalance: str = ""
    """The recommendation to replace a spot instance, as JSON, or an empty string."""

    @property
    def host(self) -> str:
        """Its private DNS name, of the kind that holds the instance id."""
        suffix = "ec2" if self.region == "us-east-1" else f"{self.region}.compute"
        return f"{self.id}.{suffix}.internal"

    @property
    def name(self) -> str:
        return dict(self.tags).get("Name", self.id)

    @property
    def cluster(self) -> str:
        """The cluster whose tag the instance has, or an empty string."""
        keys = (key for key, _ in self.tags if key.startswith(CLUSTER_TAG))
        return next(keys, CLUSTER_TAG).removeprefix(CLUSTER_TAG)

    @property
    def wanted(self) -> bool:
        """Whether its machine should run."""
        return self.state in ("pending", "running")

    @property
    def is_leaving(self) -> bool:
        """Whether its machine should shut down."""
        return self.state in ("stopping", "shutting-down")

    @property
    def exists(self) -> bool:
        """Whether its machine may still run: EC2 lets an operating system shut down before it takes the instance away."""
        return self.state != "terminated"


@dataclass(frozen=True, slots=True)
class GroupView:
    """A security group."""

    id: str
    ingress: tuple[Permission, ...]
    egress: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a target group finds out which targets are healthy."""

    protocol: str
    path: str
    seconds: int
    """The time between two checks."""
    timeout: int
    """For how many seconds an answer is waited for."""
    codes: str
    """The status codes of a healthy target, like 200-399."""


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A port of a load balancer, and the targets behind it: pairs of an instance id or address, and a port."""

    port: int
    ipv6_targets: bool
    targets: tuple[tuple[str, int], ...]
    check: HealthCheck
    draining: int = 0
    """For how many seconds a target that has become unhealthy keeps its connections."""


@dataclass(frozen=True, slots=True)
class BalancerView:
    """A network load balancer."""

    arn: str
    name: str
    host: str
    vpc: str
    internal: bool
    dual_stack: bool
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    listeners: tuple[ListenerView, ...]

    @property
    def id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything in AWS that machines and their networks need."""

    vpcs: tuple[VpcView, ...] = ()
    instances: tuple[InstanceView, ...] = ()
    groups: tuple[GroupView, ...] = ()
    balancers: tuple[BalancerView, ...] = ()

    @classmethod
    def joined(cls, parts: "Sequence[Survey]") -> "Survey":
        """The surveys of several regions as one."""
        return cls(
            vpcs=tuple(vpc for part in parts for vpc in part.vpcs),
            instances=tuple(instance for part in parts for instance in part.instances),
            groups=tuple(group for part in parts for group in part.groups),
            balancers=tuple(balancer for part in parts for balancer in part.balancers),
        )

    @property
    def by_id(self) -> dict[str, InstanceView]:
        return {instance.id: instance for instance in self.instances}

    def subnet(self, identity: str) -> SubnetView:
        return next(s for vpc in self.vpcs for s in vpc.subnets if s.id == identity)

    def instances_of(self, vpc: VpcView) -> list[InstanceView]:
        return [i for i in self.instances if i.vpc == vpc.id and i.exists]

    def balancers_of(self, vpc: VpcView) -> list[BalancerView]:
        return [balancer for balancer in self.balancers if balancer.vpc == vpc.id]


def noticed(found: Survey, notices: Mapping[str, Mapping[str, Any]]) -> Survey:
    """The survey with the notices of interruption that instances have, by instance."""

    def told(instance: InstanceView) -> InstanceView:
        mine = notices.get(instance.id, {})
        texts = {name: json.dumps(content) for name, content in mine.items()}
        return replace(
            instance,
            interruption=texts.get("instance-action", ""),
            rebalance=texts.get("rebalance", ""),
        )

    return replace(found, instances=tuple(map(told, found.instances)))
