"""The plan of a cluster as plain data, which every format shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from ..address_plan import Row, address_rows
from ..config.forms import comes_later
from ..facts.choices import Nat, Scheme, TierRoute
from ..facts.families import ANYWHERE, Family
from ..facts.subnet_plan import Tier
from ..rules.warnings import warnings
from ..spec.cluster import NodeSpec, Spec
from ..spec.existing_network import ExistingNetworkSection
from .bill import Billed, billed
from .changes import Changes
from .deployed import Deployed
from .matrix import Reach, reached

RESERVED = 5
"""The IPv4 addresses that AWS keeps of each subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""

OF_AMAZON = 56
"""The length of the prefix that Amazon assigns to a VPC."""

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
    """Machines that are alike: the control plane, or a pool."""

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
        warnings=[
            *dict.fromkeys([*map(str, warnings(spec)), *(changes.warned if changes else ())])
        ],
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
    ranges = [*spec.vpc.ranges.values()]
    for row in address_rows(spec, known.vpc_ipv6):
        if not row["zone"]:
            continue
        own = IPv4Network(row["ipv4"])
        # The bar is of the primary range; a subnet of another range is at its end.
        whole = next((each for each in ranges if own.subnet_of(each)), ranges[0])
        offset = int(own.network_address) - int(whole.network_address)
        yield Subnet(
            tier=row["tier"],
            zone=row["zone"],
            ipv4=row["ipv4"],
            ipv6=row["ipv6"],
            room=own.num_addresses - RESERVED,
            start=offset / whole.num_addresses,
            share=own.num_addresses / whole.num_addresses,
            ways=_ways(spec, row),
            holds=[*_held(spec, row, known)],
        )


def _ways(spec: Spec, row: Row) -> dict[str, str]:
    if spec.network is None:
        return dict.fromkeys(ANYWHERE.values(), "its own routes")
    further = (spec.network.tiers or {}).get(row["tier"])
    if further and further.route is TierRoute.ISOLATED:
        return dict.fromkeys(ANYWHERE.values(), "none")
    if row["tier"] == Tier.PUBLIC or (further and further.route is TierRoute.PUBLIC):
        return dict.fromkeys(ANYWHERE.values(), "internet gateway")
    nats, transit = spec.network.nat_zones, spec.network.transit
    out = f"NAT gateway in {row['zone'] if row['zone'] in nats else nats[0]}" if nats else "none"
    return {
        ANYWHERE[Family.IPV4]: "transit gateway" if transit else out,
        ANYWHERE[Family.IPV6]: "transit gateway"
        if transit and transit.ipv6
        else "egress-only gateway",
    }


def _held(spec: Spec, row: Row, known: Deployed) -> Iterator[str]:
    tier, zone, zones = row["tier"], row["zone"], spec.vpc.zones
    if tier not in [*Tier]:
        return
    public = spec.api.scheme is Scheme.INTERNET_FACING
    if public == (tier == Tier.PUBLIC):
        yield "API load balancer"
    if tier == Tier.PUBLIC:
        if spec.network and zone in spec.network.nat_zones:
            yield " ".join(["NAT gateway", *filter(None, [known.nat_addresses.get(zone)])])
        return
    for number in range(spec.control_plane.count):
        if zones[number % len(zones)] == zone:
            suffix = f"-control-plane-{number}"
            own = [at for name, at in known.machines.items() if name.endswith(suffix)]
            yield " ".join([f"control plane {number}", *(own[0] if own else ())])
    for name, pool in spec.workers.items():
        if zone in (pool.zones or zones):
            yield f"pool {name}"
    if spec.network and (services := spec.network.endpoints.interfaces):
        yield f"endpoints of {', '.join(services)}"


def _ranges(spec: Spec, known: Deployed) -> Iterator[Ranges]:
    whole = [*spec.vpc.ranges.values()]
    rows = [row for row in address_rows(spec) if row["zone"]]
    total = sum(each.num_addresses for each in whole)
    left = total - sum(IPv4Network(row["ipv4"]).num_addresses for row in rows)
    ipv6, length = _vpc_ipv6(spec, known)
    blocks = 2 ** (64 - length) if length else 0
    in_ipv6 = f" and {blocks - len(rows):,} of {blocks:,} IPv6 blocks" if blocks else ""
    yield Ranges(
        "VPC",
        ", ".join(map(str, whole)),
        ipv6,
        f"{left:,} of {total:,} IPv4 addresses{in_ipv6} are in no subnet of the cluster",
    )
    nodes = min(
        2 ** (spec.node_mask(family) - spec.pod_range(family).prefixlen) for family in Family
    )
    most = spec.control_plane.count + sum(pool.max for pool in spec.workers.values())
    pods4, pods6 = (str(spec.pod_range(family)) for family in Family)
    yield Ranges(
        "pods", pods4, pods6, f"shares for {nodes:,} nodes; the machines are {most} at most"
    )
    services4, services6 = (str(spec.service_range(family)) for family in Family)
    least = min(spec.service_range(family).num_addresses for family in Family)
    yield Ranges("Services", services4, services6, f"{least:,} addresses in each family")


def _vpc_ipv6(spec: Spec, known: Deployed) -> tuple[str, int | None]:
    """The VPC's IPv6 range in words, and the length of its prefix if that is known."""
    if known.vpc_ipv6:
        return known.vpc_ipv6, IPv6Network(known.vpc_ipv6).prefixlen
    match spec.vpc:
        case ExistingNetworkSection(ipv6_range=given):
            if comes_later(given):
                return "known later", None
            return str(given), IPv6Network(str(given)).prefixlen
        case network:
            if network.ipv6.range:
                return str(network.ipv6.range), network.ipv6.range.prefixlen
            length = network.ipv6.netmask_length or OF_AMAZON
            return f"a /{length} that AWS assigns", length


def _gateways(spec: Spec, known: Deployed) -> dict[str, str]:
    if spec.network is None:
        return {"the VPC's own": "all that this program does not make"}
    found = {"internet gateway": "public subnets, both families, in and out"}
    transit = spec.network.transit
    if not (transit and transit.ipv6):
        found["egress-only gateway"] = "private subnets, IPv6, out"
    if transit:
        families = "both families" if transit.ipv6 else "IPv4"
        found["transit gateway"] = f"private subnets, {families}, in and out"
    for zone in spec.network.nat_zones:
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
    zones = spec.vpc.zones
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
