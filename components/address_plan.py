"""The address plan of a cluster, with subnets, pods and Services: rows for an output, a table for people."""

from collections.abc import Sequence

from .config.forms import comes_later
from .facts.subnet_plan import plan_rows
from .spec.cluster import ControlPlaneSpec, Spec
from .spec.existing_network import ExistingNetworkSection

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
    match spec.vpc:
        case ExistingNetworkSection() as existing:
            return [*existing_rows(existing), *cluster_rows(spec)]
        case network:
            known = vpc_ipv6 or (str(network.ipv6.range) if network.ipv6.range else None)
            return [*plan_rows(network.plan, known), *cluster_rows(spec)]


def existing_rows(network: ExistingNetworkSection) -> list[Row]:
    """The subnets of a VPC that exists, in the order of the zones, public first."""
    return [
        {
            "tier": str(tier),
            "zone": zone,
            "ipv4": str(subnet.ipv4_range),
            "ipv6": "known later" if comes_later(subnet.ipv6_range) else str(subnet.ipv6_range),
        }
        for tier, zone, subnet in network.subnets
    ]


def address_table(rows: Sequence[Row]) -> str:
    """The plan as plain text, with a line of column names and a line for each row."""
    lines = [dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]
    widths = {column: max(len(line[column]) for line in lines) for column in COLUMNS}
    return "\n".join(
        "  ".join(line[column].ljust(widths[column]) for column in COLUMNS).rstrip()
        for line in lines
    )
