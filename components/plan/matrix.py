"""Who reaches whom: the table of traffic, joined by source and target."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..spec.cluster import Spec
from ..spec.values import port_range
from ..traffic import Group, Source, rules

GROUPS = {
    Group.LOAD_BALANCER: "API load balancer",
    Group.CONTROL_PLANE: "control planes",
    Group.WORKER: "workers",
}
SOURCES = {
    Source.ANYWHERE: "anywhere",
    Source.API_CLIENTS: "API clients",
    Source.VPC: "the VPC",
    **GROUPS,
}
"""The names that people read, in the order of rows."""

TARGETS = tuple(GROUPS.values())


@dataclass(frozen=True, slots=True)
class Reach:
    """Traffic that one group accepts from one source, in both families."""

    source: str
    target: str
    traffic: list[str]
    """Each purpose with its protocol and ports; of ICMP both families' types."""


def reached(spec: Spec) -> Iterator[Reach]:
    """Every pair of source and target with traffic between them, by source."""
    found: dict[tuple[str, str], list[str]] = {}
    table = rules(
        spec.cluster.cni, spec.control_plane.ports_from_nodes, port_range(spec.services.node_ports)
    )
    for rule in table:
        both = dict.fromkeys((str(rule.traffic), str(rule.in_ipv6)))
        found.setdefault((SOURCES[rule.source], GROUPS[rule.group]), []).append(
            f"{rule.purpose}: {' / '.join(both)}"
        )
    for source in SOURCES.values():
        for target in TARGETS:
            if traffic := found.get((source, target)):
                yield Reach(source, target, traffic)
