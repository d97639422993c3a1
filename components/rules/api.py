"""Rules for the API endpoint: who may reach it, and its name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.families import Family
from ..spec.api import AllowedSection, EndpointSection
from ..spec.ranges import EXAMPLES, contains, left_out

API_RANGES = 50
"""A security group takes 60 rules of each family; ten are left for the machines' own ways to the API.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""


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


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    AllowedSection: (api_families, api_quota, api_duplicates),
    EndpointSection: (api_name,),
}
"""Which rules hold for which kind of section."""
