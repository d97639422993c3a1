"""The check of the kubeconfig's API endpoint in each family."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..facts.families import Family
from .finding import Finding, fault, good, unasked
from .observed import family_of

CHECK = "API endpoint"
RECORDS = {Family.IPV4: "A", Family.IPV6: "AAAA"}


@dataclass(frozen=True, slots=True)
class Way:
    """One address of the endpoint, and the result of a request to it from this machine."""

    address: str
    failure: str = ""
    """The reason why the address did not answer; empty if it did."""
    no_route: bool = False
    """Whether this machine has no route or address of that family at all."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The server that the kubeconfig names."""

    host: str
    is_name: bool
    ways: Mapping[Family, tuple[Way, ...]]
    """The server's addresses by family, to which a name is resolved."""


def check_endpoint(endpoint: Endpoint) -> Iterator[Finding]:
    """Findings for each family: whether clients find an address of the endpoint, and it answers."""
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
