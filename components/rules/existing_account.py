"""Rules for an existing VPC against what AWS says of it: what is written must be what is there."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ..config.check import Fault
from ..config.forms import comes_later
from ..facts.families import ANYWHERE, Family
from ..spec.existing_network import ExistingNetworkSection, ExistingSubnetSection


@dataclass(frozen=True, slots=True)
class FoundVpc:
    """A VPC as AWS describes it."""

    ipv4_ranges: Collection[str]
    ipv6_ranges: Collection[str]
    dns_support: bool
    dns_hostnames: bool


@dataclass(frozen=True, slots=True)
class FoundSubnet:
    """A subnet as AWS describes it."""

    vpc_id: str
    zone: str
    ipv4_range: str
    ipv6_range: str


@dataclass(frozen=True, slots=True)
class FoundRoutes:
    """The route table of a subnet as AWS describes it."""

    table: str
    destinations: Collection[str]
    """The ranges that it has routes to, of both families."""


def vpc_as_written(network: ExistingNetworkSection, found: FoundVpc) -> Iterator[Fault]:
    """The VPC has the ranges that are written, all of them, and DNS for the names of machines and endpoints."""
    path, vpc = network.SECTION, network.vpc_id
    written = {str(one) for one in network.ipv4_ranges}
    for index, one in enumerate(network.ipv4_ranges):
        if str(one) not in found.ipv4_ranges:
            listed = ", ".join(sorted(found.ipv4_ranges))
            yield Fault(
                f"{path}.ipv4Ranges[{index}]", f"{one} is no range of {vpc}, which has {listed}"
            )
    for missing in sorted({*found.ipv4_ranges} - written):
        yield Fault(
            f"{path}.ipv4Ranges",
            f"{vpc} has {missing} too, and pods and Services must keep clear of it; add it",
        )
    yield from _ipv6(f"{path}.ipv6Range", vpc, network.ipv6_range, found.ipv6_ranges)
    for on, name in ((found.dns_support, "support"), (found.dns_hostnames, "hostnames")):
        if not on:
            yield Fault(
                f"{path}.vpcId",
                f"{vpc} has enable_dns_{name} off, and machines find each other by name; let its owner turn it on",
            )


def subnets_as_written(
    network: ExistingNetworkSection, found: Mapping[str, FoundSubnet]
) -> Iterator[Fault]:
    """Each subnet is in the VPC and the zone, and has the ranges, that are written. `found` has them by path."""
    for path, subnet in network.by_path.items():
        if path in found:
            yield from _subnet(network, path, subnet, found[path])


def ways_out(network: ExistingNetworkSection, found: Mapping[str, FoundRoutes]) -> Iterator[Fault]:
    """The warnings of default routes that a subnet seems to lack. `found` has its table by the subnet's path.

    They are no faults: the provider leaves out routes that a virtual private gateway propagates.
    """
    public = {f"{network.SECTION}.publicSubnets.{zone}" for zone in network.public_subnets}
    for path, routes in found.items():
        for family, destination in ANYWHERE.items():
            unneeded = family is Family.IPV4 and not network.ipv4_egress and path not in public
            if unneeded or destination in routes.destinations:
                continue
            reached = (
                "clients reach no load balancer in it"
                if path in public
                else "machines in it reach nothing outside"
            )
            cure = f"let its owner add {destination}"
            if family is Family.IPV4 and path not in public:
                cure += ", or write ipv4Egress: false"
            yield Fault(
                path,
                f"{routes.table}, the route table of {network.by_path[path].id}, has no default route for {family}, so {reached} over "
                f"{family}; {cure}. Ignore this if a virtual private gateway propagates one, which is not listed",
            )


def _subnet(
    network: ExistingNetworkSection, path: str, subnet: ExistingSubnetSection, found: FoundSubnet
) -> Iterator[Fault]:
    zone = path.rpartition(".")[2]
    if not comes_later(network.vpc_id) and found.vpc_id != network.vpc_id:
        yield Fault(
            f"{path}.id",
            f"{subnet.id} is in {found.vpc_id}, and vpcId is {network.vpc_id}; name a subnet of that VPC",
        )
    if found.zone != zone:
        yield Fault(path, f"{subnet.id} is in {found.zone}; write it under that zone")
    if str(subnet.ipv4_range) != found.ipv4_range:
        yield Fault(
            f"{path}.ipv4Range",
            f"{subnet.id} has {found.ipv4_range}, not {subnet.ipv4_range}; write {found.ipv4_range}",
        )
    yield from _ipv6(
        f"{path}.ipv6Range",
        subnet.id,
        subnet.ipv6_range,
        [found.ipv6_range] if found.ipv6_range else [],
    )


def _ipv6(path: str, of: str, written: object, found: Collection[str]) -> Iterator[Fault]:
    if not found:
        yield Fault(
            path, f"{of} has no IPv6 range, so it is not dual-stack; its owner can give it one"
        )
    elif not comes_later(written) and str(written) not in found:
        listed = " and ".join(sorted(found))
        yield Fault(path, f"{of} has {listed}, not {written}; write what it has")
