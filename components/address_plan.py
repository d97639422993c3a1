"""The address plan of a cluster, with subnets, pods and Services: rows for an output, a table for people."""

from collections.abc import Sequence

from .facts.subnet_plan import plan_rows, plan_subnets
from .spec.cluster import ControlPlaneSpec, Spec

Row = dict[str, str]
"""The keys are tier, zone, ipv4 and ipv6; zone is empty for pods and Services."""

COLUMNS = ("tier", "zone", "ipv4", "ipv6")


def cluster_rows(spec: ControlPlaneSpec) -> list[Row]:
    """One row for the ranges of pods, and one for those of Services."""
    rows: list[Row] = []
    for tier, ranges in (("pods", spec.pod_ranges), ("services", spec.service_ranges)):
        by_version = {given.version: str(given) for given in ranges}
        rows.append({"tier": tier, "zone": "", "ipv4": by_version[4], "ipv6": by_version[6]})
    return rows


def address_rows(spec: Spec, vpc_ipv6: str | None = None) -> list[Row]:
    """The whole plan. Until AWS has assigned the VPC's IPv6 range, a subnet's IPv6 block is written as its number."""
    known = vpc_ipv6 or (str(spec.network.ipv6.range) if spec.network.ipv6.range else None)
    subnets = plan_subnets(spec.network.ipv4_range, spec.network.zones)
    return [*plan_rows(subnets, known), *cluster_rows(spec)]


def address_table(rows: Sequence[Row]) -> str:
    """The plan as plain text, with a line of column names and a line for each row."""
    lines = [dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]
    widths = {column: max(len(line[column]) for line in lines) for column in COLUMNS}
    return "\n".join(
        "  ".join(line[column].ljust(widths[column]) for column in COLUMNS).rstrip()
        for line in lines
    )
