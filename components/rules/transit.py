"""Rules for a transit gateway in place of NAT gateways."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from ..config.check import Fault, Rule
from ..config.forms import comes_later
from ..config.section import Section
from ..facts.choices import Nat, Scheme
from ..spec.cluster import Spec
from ..spec.network import NetworkSection
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
    for (one_name, one), (name, other) in combinations(addresses.items(), 2):
        if not comes_later(one) and not comes_later(other) and one == other:
            yield Fault(
                f"natAddresses.{name}", f"{other} is {one_name} too; name each address once"
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    TransitSection: (each_once,),
    NetworkSection: (transit_gateway,),
    Spec: (addresses_outside,),
}
"""The rules for each kind of section."""
