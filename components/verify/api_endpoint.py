"""The API endpoint of the kubeconfig, in each family."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..facts.families import Family
from .finding import Finding, fault, good, unasked
from .observed import family_of

CHECK = "API endpoint"
RECORDS = {Family.IPV4: "A", Family.IPV6: "AAAA"}


@dataclass(frozen=True, slots=True)
class Way:
    """One address of the endpoint, asked from here."""

    address: str
    failure: str = ""
    """Why it did not answer."""
    no_route: bool = False
    """Whether this machine has no way into the address's family at all."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The server that the kubeconfig names."""

    host: str
    is_name: bool
    ways: Mapping[Family, tuple[Way, ...]]
    """Its addresses by family; of a name, what it resolves to."""


def check_endpoint(endpoint: Endpoint) -> Iterator[Finding]:
    """Whether clients of either family find it, and it answers them."""
    for family in Family:
        ways = endpoint.ways.get(family, ())
        if ways:
            yield from (_way(endpoint, way) for way in ways)
        elif endpoint.is_name:
            yield fault(
                CHECK,
                f"{endpoint.host}, {family}",
                f"no {RECORDS[family]} record",
                "make the load balancer dual-stack and publish a record of each family; "
                f"without one, clients that have {family} alone cannot come in",
            )
        else:
            yield unasked(
                CHECK, f"{endpoint.host}, {family}", "the kubeconfig names an address, not a name"
            )


def _way(endpoint: Endpoint, way: Way) -> Finding:
    family = family_of(way.address)
    where = f"{endpoint.host}, {family}"
    if way.no_route:
        return unasked(CHECK, where, f"{way.address}: this machine has no {family}")
    if way.failure:
        return fault(
            CHECK,
            where,
            f"{way.address}: {way.failure}",
            f"let this machine's {family} address in at the load balancer, have a listener on {family} there, "
            "and targets that are healthy",
        )
    return good(CHECK, where, f"{way.address} answers")
