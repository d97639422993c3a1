"""The plan of a cluster as plain data, which every format shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..facts.choices import Nat, Scheme
from ..facts.families import ANYWHERE, Family
from ..facts.subnet_plan import SubnetPlan, Tier, plan_subnets
from ..rules.warnings import warnings
from ..spec.cluster import NodeSpec, Spec
from .bill import Billed, billed
from .changes import Changes
from .deployed import Deployed
from .matrix import Reach, reached

RESERVED = 5
"""The IPv4 addresses that AWS keeps of each subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""

CONTROL_PLANE = "control plane"


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet, where its packets go by default, and what is in it."""

    tier: str
    zone: str
    ipv4: str
    ipv6: str
    room: int
    """The IPv4 addresses that AWS leaves for use."""
    start: float
    """Where its IPv4 range begins in the VPC's, as a share of it: 0.5 is the middle."""
    share: float
    """Its IPv4 range as a share of the VPC's."""
    ways: dict[str, str]
    """The default route of each family by its destination: `::/0`."""
    holds: list[str]
    """What is in it: gateways, machines and pools."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Addresses of one kind in both families, with the room that is left in words."""

    purpose: str
    ipv4: str
    ipv6: str
    room: str


@dataclass(frozen=True, slots=True)
class MachineGroup:
    """MachineGroup that are alike: the control plane, or a pool."""

    name: str
    count: str
    types: str
    disk_gib: int
    zones: str
    pods: int
    """The most pods of each."""
    pod_shares: str
    """Each machine's share of the pods' ranges."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A cluster as it is planned, or as it runs."""

    stack: str
    facts: dict[str, str]
    """What a reader asks first, by its name."""
    subnets: list[Subnet]
    ranges: list[Ranges]
    gateways: dict[str, str]
    """The ways out of the VPC and into it, each with what it is for."""
    machines: list[MachineGroup]
    reach: list[Reach]
    bill: list[Billed]
    warnings: list[str]
    changes: Changes | None = None
    """What a preview would change; None if none was given."""
    deployed: Deployed = field(default_factory=Deployed)
    """What AWS has given to a running stack."""

    @property
    def zones(self) -> list[str]:
        """The zones, in the order of the configuration."""
        return [*dict.fromkeys(subnet.zone for subnet in self.subnets)]


def plan_of(spec: Spec, deployed: Deployed | None = None, changes: Changes | None = None) -> Plan:
    """The plan of a cluster. What AWS assigns is read from `deployed`; without it, its place in the plan is shown."""
    known = deployed or Deployed()
    return Plan(
        stack=spec.stack,
        facts=_facts(spec, known),
        subnets=[*_subnets(spec, known)],
        ranges=[*_ranges(spec, known)],
        gateways=_gateways(spec, known),
        machines=[*_machines(spec)],
        reach=[*reached(spec)],
        bill=[*billed(spec)],
        warnings=[str(warning) for warning in warnings(spec)],
        changes=changes,
        deployed=known,
    )


def _facts(spec: Spec, known: Deployed) -> dict[str, str]:
    host = spec.api.dns_name or known.api_host or "the load balancer's own name"
    return {
        "cluster": spec.cluster.name,
        "Kubernetes": spec.cluster.kubernetes_version,
        "region": spec.region,
        "families": ", then ".join(spec.families),
        "network plugin": spec.cluster.cni,
        "API": f"{host}, {spec.api.scheme}",
        "API clients": ", ".join(str(given) for given in spec.api.allowed_cidrs),
    }


def _subnets(spec: Spec, known: Deployed) -> Iterator[Subnet]:
    whole = spec.network.ipv4_range
    for planned in plan_subnets(whole, spec.network.zones):
        offset = int(planned.ipv4.network_address) - int(whole.network_address)
        yield Subnet(
            tier=planned.tier,
            zone=planned.zone,
            ipv4=str(planned.ipv4),
            ipv6=planned.ipv6_notation(_vpc_ipv6(spec, known)),
            room=planned.ipv4.num_addresses - RESERVED,
            start=offset / whole.num_addresses,
            share=planned.ipv4.num_addresses / whole.num_addresses,
            ways=_ways(spec, planned),
            holds=[*_held(spec, planned, known)],
        )


def _vpc_ipv6(spec: Spec, known: Deployed) -> str | None:
    return known.vpc_ipv6 or (str(spec.network.ipv6.range) if spec.network.ipv6.range else None)


def _ways(spec: Spec, planned: SubnetPlan) -> dict[str, str]:
    if planned.tier is Tier.PUBLIC:
        return dict.fromkeys(ANYWHERE.values(), "internet gateway")
    nats = nat_zones(spec)
    out = f"NAT gateway in {planned.zone if planned.zone in nats else nats[0]}" if nats else "none"
    return {
        ANYWHERE[Family.IPV4]: out,
        ANYWHERE[Family.IPV6]: "egress-only gateway",
    }


def _held(spec: Spec, planned: SubnetPlan, known: Deployed) -> Iterator[str]:
    public = spec.api.scheme is Scheme.INTERNET_FACING
    if public == (planned.tier is Tier.PUBLIC):
        yield "API load balancer"
    if planned.tier is Tier.PUBLIC:
        if planned.zone in nat_zones(spec):
            address = known.nat_addresses.get(planned.zone)
            yield f"NAT gateway {address}" if address else "NAT gateway"
        return
    zones = spec.network.zones
    for number in range(spec.control_plane.count):
        if zones[number % len(zones)] == planned.zone:
            suffix = f"-control-plane-{number}"
            own = [at for name, at in known.machines.items() if name.endswith(suffix)]
            yield " ".join([f"control plane {number}", *(own[0] if own else ())])
    for name, pool in spec.workers.items():
        if planned.zone in (pool.zones or zones):
            yield f"pool {name}"
    if services := spec.network.endpoints.interfaces:
        yield f"endpoints of {', '.join(services)}"


def _ranges(spec: Spec, known: Deployed) -> Iterator[Ranges]:
    network = spec.network.ipv4_range
    subnets = plan_subnets(network, spec.network.zones)
    left = network.num_addresses - sum(subnet.ipv4.num_addresses for subnet in subnets)
    length = spec.network.ipv6.netmask_length or (
        spec.network.ipv6.range.prefixlen if spec.network.ipv6.range else 56
    )
    blocks = 2 ** (64 - length)
    yield Ranges(
        "VPC",
        str(network),
        _vpc_ipv6(spec, known) or f"a /{length} that AWS assigns",
        f"{left:,} of {network.num_addresses:,} IPv4 addresses and {blocks - len(subnets)} of {blocks} IPv6 blocks are in no subnet",
    )
    nodes = min(
        2 ** (spec.node_mask(family) - spec.pod_range(family).prefixlen) for family in Family
    )
    most = spec.control_plane.count + sum(pool.max for pool in spec.workers.values())
    ipv4, ipv6 = (str(spec.pod_range(family)) for family in Family)
    yield Ranges("pods", ipv4, ipv6, f"shares for {nodes:,} nodes; the machines are {most} at most")
    ipv4, ipv6 = (str(spec.service_range(family)) for family in Family)
    least = min(spec.service_range(family).num_addresses for family in Family)
    yield Ranges("Services", ipv4, ipv6, f"{least:,} addresses in each family")


def _gateways(spec: Spec, known: Deployed) -> dict[str, str]:
    found = {
        "internet gateway": "public subnets, both families, in and out",
        "egress-only gateway": "private subnets, IPv6, out",
    }
    for zone in nat_zones(spec):
        served = [zone] if spec.network.nat is Nat.PER_ZONE else spec.network.zones
        address = known.nat_addresses.get(zone)
        seen_as = f"; its address is {address}" if address else ""
        found[f"NAT gateway in {zone}"] = (
            f"private subnets of {', '.join(served)}, IPv4, out{seen_as}"
        )
    if spec.network.endpoints.s3:
        found["gateway endpoint of S3"] = "all subnets, to S3"
    return found


def _machines(spec: Spec) -> Iterator[MachineGroup]:
    zones = spec.network.zones
    machines = spec.control_plane
    yield MachineGroup(
        CONTROL_PLANE,
        str(machines.count),
        machines.instance_type,
        machines.disk_gib,
        ", ".join(zones[: machines.count]),
        spec.max_pods,
        _shares(spec),
    )
    for name, pool in spec.workers.items():
        node: NodeSpec = spec.pool(name)
        yield MachineGroup(
            f"pool {name}",
            str(pool.min) if pool.min == pool.max else f"{pool.min} to {pool.max}",
            ", ".join(pool.instance_types) + (", spot" if pool.spot else ""),
            pool.disk_gib,
            ", ".join(pool.zones or zones),
            node.max_pods,
            _shares(spec),
        )


def _shares(spec: Spec) -> str:
    return " and ".join(f"a /{spec.node_mask(family)}" for family in Family)


def nat_zones(spec: Spec) -> list[str]:
    """The zones with a NAT gateway."""
    zones = spec.network.zones
    return {Nat.PER_ZONE: zones, Nat.SINGLE: zones[:1], Nat.NONE: []}[spec.network.nat]
