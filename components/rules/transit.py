"""Rules for a transit gateway in place of NAT gateways."""

from collections.abc import Iterable, Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.forms import comes_later
from ..config.section import Section
from ..facts.choices import Nat, Scheme
from ..spec.cluster import Spec
from ..spec.network import NetworkSection
from ..spec.ranges import IpRange
from ..spec.transit import TransitSection


def transit_gateway(network: NetworkSection) -> Iterator[Fault]:
    """The way out `transit` needs a transit gateway; with another one a transit gateway has no effect."""
    if network.nat is Nat.TRANSIT and network.transit is None:
        yield Fault(
            "transit",
            "missing: nat is transit; name the transit gateway, like {gatewayId: tgw-0123456789abcdef0, ipv6: true}",
        )
    if network.nat is not Nat.TRANSIT and network.transit is not None:
        yield Fault(
            "transit",
            f"it has no effect, because nat is {network.nat}; leave it out, or write transit in nat",
        )


def addresses_outside(spec: Spec) -> Iterator[Fault]:
    """Machines reach an internet-facing API from addresses that only the owner of the transit gateway knows."""
    network = spec.network
    if network is None or network.nat is not Nat.TRANSIT or network.transit is None:
        return
    if network.transit.nat_addresses is None and spec.api.scheme is Scheme.INTERNET_FACING:
        yield Fault(
            "network.transit.natAddresses",
            "missing: machines reach an internet-facing API over IPv4 from these addresses; name them, like "
            "{egress: 198.51.100.7}, or write {} if api.allowedCidrs holds them",
        )


def each_once(transit: TransitSection) -> Iterator[Fault]:
    """Each address is named once, because AWS refuses a rule twice."""
    yield from named_once(transit.nat_addresses or {})


def named_once(addresses: Mapping[str, object]) -> Iterator[Fault]:
    """The faults of addresses that have two names."""
    first: dict[object, str] = {}
    for name, address in addresses.items():
        holder = name if comes_later(address) else first.setdefault(address, name)
        if holder != name:
            yield Fault(
                f"natAddresses.{name}", f"{address} is {holder} too; name each address once"
            )


def admitted_once(
    path: str, addresses: Mapping[str, object], allowed: Iterable[IpRange], allowed_path: str
) -> Iterator[Fault]:
    """The faults of addresses that are allowed ranges too: their rules would be equal, and AWS refuses the second."""
    single = {str(each) for each in allowed}
    for name, address in addresses.items():
        if not comes_later(address) and f"{address}/32" in single:
            yield Fault(
                f"{path}.{name}",
                f"{address} is {address}/32 in {allowed_path} too, and AWS refuses a rule twice; leave one of the two out",
            )


def not_allowed_too(spec: Spec) -> Iterator[Fault]:
    """The addresses of machines outside are not allowed ranges too."""
    if spec.api.scheme is not Scheme.INTERNET_FACING:
        return
    transit = spec.network.transit if spec.network else None
    existing = spec.existing_network
    for path, given in (
        ("network.transit.natAddresses", transit.nat_addresses if transit else None),
        ("existingNetwork.natAddresses", existing.nat_addresses if existing else None),
    ):
        yield from admitted_once(path, given or {}, spec.api.allowed_cidrs, "api.allowedCidrs")


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    TransitSection: (each_once,),
    NetworkSection: (transit_gateway,),
    Spec: (addresses_outside, not_allowed_too),
}
"""The rules for each kind of section."""
