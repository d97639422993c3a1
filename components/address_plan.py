"""Where everything in a cluster has its addresses: rows for an output, a table for people."""

from collections.abc import Sequence

from .facts.subnet_plan import plan_rows, plan_subnets
from .spec.cluster import ControlPlaneSpec, Spec

Row = dict[str, str]
"""tier, zone, ipv4 and ipv6; pods and Services are in no zone."""

COLUMNS = ("tier", "zone", "ipv4", "ipv6")


def cluster_rows(spec: ControlPlaneSpec) -> list[Row]:
    """The ranges of pods and Services."""
    rows: list[Row] = []
    for tier, ranges in (("pods", spec.pod_ranges), ("services", spec.service_ranges)):
        by_version = {given.version: str(given) for given in ranges}
        rows.append({"tier": tier, "zone": "", "ipv4": by_version[4], "ipv6": by_version[6]})
    return rows


def address_rows(spec: Spec, vpc_ipv6: str | None = None) -> list[Row]:
    """The whole plan. Before AWS has given the VPC its IPv6 range, a subnet's block is written by its number."""
    known = vpc_ipv6 or (str(spec.network.ipv6.range) if spec.network.ipv6.range else None)
    subnets = plan_subnets(spec.network.ipv4_range, spec.network.zones)
    return [*plan_rows(subnets, known), *cluster_rows(spec)]


def address_table(rows: Sequence[Row]) -> str:
    """The plan as plain text, a line each."""
    lines = [dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]
    widths = {column: max(len(line[column]) for line in lines) for column in COLUMNS}
    return "\n".join(
        "  ".join(line[column].ljust(widths[column]) for column in COLUMNS).rstrip()
        for line in lines
    )
