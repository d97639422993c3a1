"""What AWS says there is, at one moment, as far as machines and their network need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

CLUSTER_TAG = "kubernetes.io/cluster/"
"""How the key of the tag begins that names an instance's cluster."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule of a group or a network ACL, for one family or for a group's members."""

    protocol: str
    first: int | None
    last: int | None
    range: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Acl:
    """A subnet's network ACL: rules in their order, each with whether it allows; what none is about is denied."""

    ingress: tuple[tuple[Permission, bool], ...]
    egress: tuple[tuple[Permission, bool], ...]


@dataclass(frozen=True, slots=True)
class SubnetView:
    """A subnet, where its table sends what leaves the VPC, and what may cross its border."""

    id: str
    vpc: str
    zone: str
    ipv4: IPv4Network
    ipv6: IPv6Network | None
    ipv4_way: str
    """The public address of a NAT gateway, `internet`, or nothing."""
    ipv6_way: str
    """`egress`, `internet`, or nothing."""
    acl: Acl

    @property
    def router(self) -> str:
        return str(self.ipv4[1])


@dataclass(frozen=True, slots=True)
class VpcView:
    """A VPC and its ranges."""

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
    """The ARN of its instance profile, or nothing."""
    hop_limit: int
    needs_token: bool
    """Whether its metadata answer version 2 alone."""
    checks_source: bool
    launched: float
    """When, in seconds of the clock."""
    tags: tuple[tuple[str, str], ...]

    @property
    def host(self) -> str:
        """Its private DNS name, by resource."""
        suffix = "ec2" if self.region == "us-east-1" else f"{self.region}.compute"
        return f"{self.id}.{suffix}.internal"

    @property
    def name(self) -> str:
        return dict(self.tags).get("Name", self.id)

    @property
    def cluster(self) -> str:
        """The cluster whose tag the instance carries, or nothing."""
        keys = (key for key, _ in self.tags if key.startswith(CLUSTER_TAG))
        return next(keys, CLUSTER_TAG).removeprefix(CLUSTER_TAG)

    @property
    def wanted(self) -> bool:
        """Whether its machine should run."""
        return self.state in ("pending", "running")

    @property
    def exists(self) -> bool:
        return self.state not in ("shutting-down", "terminated")


@dataclass(frozen=True, slots=True)
class GroupView:
    """A security group."""

    id: str
    ingress: tuple[Permission, ...]
    egress: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A port of a load balancer, and the targets behind it as (instance or address, port)."""

    port: int
    ipv6_targets: bool
    targets: tuple[tuple[str, int], ...]
    check: tuple[str, str, int]
    """Protocol, path and seconds between two checks."""


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
    """All of it."""

    vpcs: tuple[VpcView, ...] = ()
    instances: tuple[InstanceView, ...] = ()
    groups: tuple[GroupView, ...] = ()
    balancers: tuple[BalancerView, ...] = ()

    @classmethod
    def joined(cls, parts: "Sequence[Survey]") -> "Survey":
        """Those of several regions as one."""
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
