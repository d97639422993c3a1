"""Rules for the number of rules in a security group: ranges, ports and addresses are added up as the firewall makes them of its table."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.choices import Scheme
from ..facts.families import Family
from ..spec.cluster import Spec
from ..spec.parts import FirewallSpec
from ..traffic import Group, Source, rules

MOST_RULES = 60
"""The most rules of each family that a security group takes. One that names another group counts in both.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""


def rules_of_cluster(spec: Spec) -> Iterator[Fault]:
    """No security group of a cluster has more rules than AWS allows."""
    public = spec.api.scheme is Scheme.INTERNET_FACING
    addresses = len(spec.vpc.nat_names) if public else 0
    paths = {
        "allowedCidrs": "api.allowedCidrs",
        "portsFromNodes": "controlPlane.portsFromNodes",
        # The first range of a VPC is one of several in an existing one.
        "furtherVpcRanges": [*spec.vpc.ranges][-1].partition("[")[0],
    }
    for fault in rules_of_firewall(spec.firewall_part(), addresses):
        yield Fault(paths[fault.path], fault.message)


def rules_of_firewall(spec: FirewallSpec, addresses: int = 0) -> Iterator[Fault]:
    """No security group has more rules than AWS allows. `addresses` counts those of NAT, from which nodes reach the API."""
    counts = _counts(spec, addresses)
    for family in Family:
        clients = sum(one.version == family.version for one in spec.allowed_cidrs)
        excess = counts[Group.LOAD_BALANCER, family] - MOST_RULES
        if excess > 0:
            others = counts[Group.LOAD_BALANCER, family] - clients
            nat = (
                f", of which {addresses} admit addresses of NAT"
                if family is Family.IPV4 and addresses
                else ""
            )
            yield Fault(
                "allowedCidrs",
                f"{clients} {family} ranges are too many for a security group with {others} rules of its own{nat}; "
                f"write at most {max(clients - excess, 0)}, by joining neighbours",
            )
    # Workers accept less, and a VPC has one range of IPv6.
    if (count := counts[Group.CONTROL_PLANE, Family.IPV4]) > MOST_RULES:
        ranges, ports = 1 + len(spec.further_vpc_ranges or ()), len(spec.ports_from_nodes)
        yield Fault(
            "portsFromNodes" if ports else "furtherVpcRanges",
            f"the control planes' security group would have {count} IPv4 rules, three for each of {ranges} ranges of the VPC and two "
            f"for each of {ports} further ports among them, and AWS allows {MOST_RULES}; leave out ports or ranges",
        )


def _counts(spec: FirewallSpec, addresses: int) -> Counter[tuple[Group, Family]]:
    """The rules of each group in each family, as `Sources` in the firewall makes them."""
    further = len(spec.further_vpc_ranges or ())
    found: Counter[tuple[Group, Family]] = Counter()
    for rule in rules(spec.cni, spec.ports_from_nodes):
        for family in Family:
            match rule.source:
                case Group():
                    count = 2 if rule.ipv6_traffic else 1
                case Source.VPC:
                    count = 1 + further if family is Family.IPV4 else 1
                case Source.ANYWHERE:
                    count = 1
                case Source.API_CLIENTS:
                    count = sum(one.version == family.version for one in spec.allowed_cidrs)
                    count += addresses if family is Family.IPV4 else 0
            found[rule.group, family] += count
    return found


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {Spec: (rules_of_cluster,)}
"""The rules for each kind of section."""
