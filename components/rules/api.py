"""Rules for the API endpoint: the ranges that may reach it, and its DNS name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from ..config.check import Fault, Rule
from ..config.section import Section, sound
from ..spec.api import AllowedSection, EndpointSection
from ..spec.ranges import EXAMPLES, contains, left_out


def api_families(api: AllowedSection) -> Iterator[Fault]:
    """Ranges of both families must be named: clients of a missing family could not reach the API at all."""
    for family in left_out(api.allowed_cidrs):
        yield Fault(
            "allowedCidrs",
            f"no {family} range may reach the API; name at least one, like {EXAMPLES[family]}",
        )


def api_duplicates(api: AllowedSection) -> Iterator[Fault]:
    """No range may be listed twice, which AWS refuses, or be inside another, which has no effect."""
    ranges = sound(api.allowed_cidrs).values()
    for allowed, count in Counter(ranges).items():
        if count > 1:
            yield Fault("allowedCidrs", f"{allowed} is there {count} times; name it once")
    for one, other in combinations(dict.fromkeys(ranges), 2):
        outer, inner = (one, other) if one.prefixlen < other.prefixlen else (other, one)
        if contains(outer, inner):
            yield Fault(
                "allowedCidrs",
                f"{inner} lies inside {outer}, which is allowed already; leave it out",
            )


def api_name(api: EndpointSection) -> Iterator[Fault]:
    """A DNS name needs a hosted zone for its records, and a hosted zone needs a DNS name."""
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


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    AllowedSection: (api_families, api_duplicates),
    EndpointSection: (api_name,),
}
"""The rules for each kind of section."""
