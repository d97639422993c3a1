"""What must hold between the fields of a configuration, whatever the Kubernetes version.

A rule belongs to a kind of section and is applied to every section of that kind, with paths counted from there: the
same rules hold for a network alone, a pool alone and a whole cluster. What depends on the minor is in `compatibility`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations
from typing import TypeVar

from . import compatibility, names, network_rules, range_rules, range_sizes, service_rules
from .catalog import rules as addon_rules
from .cautions import warnings
from .complaints import path_of
from .families import Family
from .faults import Fault, Rule, Unsound, check
from .fields import Nat
from .instance_types import describe
from .nodes import PoolSection
from .ranges import EXAMPLES, contains, left_out
from .regions import region_of
from .sections import Section, parts
from .spec import AllowedSection, EndpointSection, NodeSpec, Spec

__all__ = ["RULES", "load", "warnings"]

S = TypeVar("S", bound=Section)

API_RANGES = 50
"""A security group takes 60 rules of each family; ten are left for the machines' own ways to the API.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""

SUBNET_RESERVED = 5
"""The addresses AWS keeps in every IPv4 subnet."""


def api_families(api: AllowedSection) -> Iterator[Fault]:
    """Both families are named: a family left out could not reach the API at all."""
    for family in left_out(api.allowed_cidrs):
        yield Fault(
            "allowedCidrs",
            f"no {family} range may reach the API; name at least one, like {EXAMPLES[family]}",
        )


def api_quota(api: AllowedSection) -> Iterator[Fault]:
    """Each range is a rule of one security group."""
    for family in Family:
        count = sum(allowed.version == family.version for allowed in api.allowed_cidrs)
        if count > API_RANGES:
            yield Fault(
                "allowedCidrs",
                f"{count} {family} ranges are too many for a security group; write at most {API_RANGES}, by joining neighbours",
            )


def api_duplicates(api: AllowedSection) -> Iterator[Fault]:
    """A range inside another changes nothing, and AWS refuses the same one twice."""
    for allowed, count in Counter(api.allowed_cidrs).items():
        if count > 1:
            yield Fault("allowedCidrs", f"{allowed} is there {count} times; name it once")
    for one, other in combinations(dict.fromkeys(api.allowed_cidrs), 2):
        outer, inner = (one, other) if one.prefixlen < other.prefixlen else (other, one)
        if contains(outer, inner):
            yield Fault(
                "allowedCidrs",
                f"{inner} lies inside {outer}, which is allowed already; leave it out",
            )


def api_name(api: EndpointSection) -> Iterator[Fault]:
    """A name needs a zone to stand in, and the zone a name."""
    if api.dns_name and not api.hosted_zone_id:
        yield Fault(
            "hostedZoneId",
            f"missing: name the Route 53 zone that holds {api.dns_name}, or leave dnsName out",
        )
    if api.hosted_zone_id and not api.dns_name:
        yield Fault(
            "dnsName",
            f"missing: choose a name in the zone {api.hosted_zone_id}, or leave hostedZoneId out",
        )


def pool_size(pool: PoolSection) -> Iterator[Fault]:
    """A pool has room for its least."""
    if pool.min > pool.max:
        yield Fault("min", f"{pool.min} is more than max, {pool.max}; lower min or raise max")


def pool_architecture(pool: PoolSection) -> Iterator[Fault]:
    """Machines of a pool boot one image."""
    by_architecture = {describe(name).architecture: name for name in reversed(pool.instance_types)}
    if len(by_architecture) > 1:
        examples = " and ".join(
            f"{name} is {kind}" for kind, name in sorted(by_architecture.items())
        )
        yield Fault("instanceTypes", f"{examples}; give each architecture a pool of its own")


def pool_taints(pool: PoolSection) -> Iterator[Fault]:
    """The kubelet refuses two taints of one key and effect."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(pool.taints):
        with suppress(Unsound):
            if (taint.key, taint.effect) in seen:
                yield Fault(
                    f"taints[{index}]",
                    f"{taint.key} with {taint.effect} is there already; keep one of the two",
                )
            seen.add((taint.key, taint.effect))


def prebaked_image(spec: NodeSpec) -> Iterator[Fault]:
    """Only an image of one's own can hold the software already."""
    if spec.software.prebaked and spec.nodes.image == "ubuntu":
        yield Fault(
            "nodes.image",
            "ubuntu holds no kubelet, yet software.prebaked says that nothing is downloaded; "
            "name the AMI that holds it, or leave prebaked out",
        )


def zones_in_region(spec: Spec) -> Iterator[Fault]:
    """Zones lie in the region that resources are made in."""
    for index, zone in enumerate(spec.network.zones):
        if region_of(zone) != spec.region:
            yield Fault(
                f"network.zones[{index}]",
                f"{zone} is no zone of {spec.region}; choose zones of that region, or change aws:region",
            )


def pool_zones(spec: Spec) -> Iterator[Fault]:
    """A pool has subnets only where the network has."""
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            for index, zone in enumerate(pool.zones or ()):
                if zone not in spec.network.zones:
                    yield Fault(
                        f"workers.{name}.zones[{index}]",
                        f"the network has no zone {zone}; choose among {', '.join(spec.network.zones)}, or add it to network.zones",
                    )


def pool_subnets(spec: Spec) -> Iterator[Fault]:
    """A pool at its largest fits into its subnets."""
    room = 2 ** (32 - spec.network.ipv4_range.prefixlen - 3) - SUBNET_RESERVED
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            zones = len(pool.zones or spec.network.zones)
            if pool.max > room * zones:
                yield Fault(
                    f"workers.{name}.max",
                    f"{pool.max} machines do not fit into the {room * zones} IPv4 addresses of its subnets; "
                    "lower max, add zones, or choose a larger network.ipv4Range",
                )


def one_image(spec: Spec) -> Iterator[Fault]:
    """An AMI is of one architecture; Ubuntu is looked up for each."""
    if spec.nodes.image == "ubuntu":
        return
    kinds = {"controlPlane": describe(spec.control_plane.instance_type).architecture}
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            kinds[f"workers.{name}"] = pool.architecture
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{place} is {kind}" for place, kind in kinds.items())
        yield Fault(
            "nodes.image",
            f"{spec.nodes.image} is of one architecture, but {listed}; choose instance types of one, or image ubuntu",
        )


def without_ipv4(spec: Spec) -> Iterator[Fault]:
    """Without NAT machines reach the outside over IPv6 alone, which not every source of software has.

    GitHub (containerd, runc, CNI plugins) has no IPv6 address, and registry.k8s.io sends clients on to stores of which
    not all have one.
    """
    if spec.network.nat is not Nat.NONE:
        return
    if spec.software.release_server is None and not spec.software.prebaked:
        yield Fault(
            "software.releaseServer",
            "missing: network.nat is none, and GitHub, where containerd and runc come from, has no IPv6 address; "
            "name a mirror that machines reach over IPv6, or set prebaked and nodes.image",
        )
    if spec.software.image_repository is None:
        yield Fault(
            "software.imageRepository",
            "missing: network.nat is none, and registry.k8s.io is not wholly reachable over IPv6; "
            "name a repository that machines reach over IPv6",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    AllowedSection: (api_families, api_quota, api_duplicates),
    EndpointSection: (api_name,),
    PoolSection: (pool_size, pool_architecture, pool_taints),
    NodeSpec: (prebaked_image,),
    Spec: (
        zones_in_region,
        pool_zones,
        pool_subnets,
        one_image,
        without_ipv4,
    ),
}
"""Which rules hold for which kind of section."""

_TABLES = (
    network_rules.SECTION_RULES,
    range_rules.SECTION_RULES,
    names.SECTION_RULES,
    SECTION_RULES,
    compatibility.SECTION_RULES,
    range_sizes.SECTION_RULES,
    addon_rules.SECTION_RULES,
    service_rules.SECTION_RULES,
)


def by_section(whole: Section) -> Iterator[Fault]:
    """What is wrong in a spec and in every section inside it, each fault with its place."""
    for location, part in parts(whole):
        path = path_of(location)
        for rule in _rules_for(part):
            with suppress(Unsound):
                yield from (fault.under(path) for fault in rule(part))


def _rules_for(part: Section) -> Iterator[Rule]:
    for table in _TABLES:
        for kind, rules in table.items():
            if isinstance(part, kind):
                yield from rules


RULES: tuple[Rule, ...] = (by_section,)
"""The rules of every spec: each finds the sections it is for."""


def load(model: type[S], given: object) -> S:
    """A configuration as a frozen spec in which all rules hold, or a `SpecError` that lists every fault."""
    return check(model, given, RULES)
