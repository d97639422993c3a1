"""What AWS bills of a cluster, by kind. Prices differ by region and change, so there are none."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..facts.choices import FlowLogDestination, Scheme
from ..spec.cluster import Spec


@dataclass(frozen=True, slots=True)
class Billed:
    """One kind of thing that costs money."""

    kind: str
    count: str
    """How many, or how much."""
    basis: str
    """What AWS counts."""


def billed(spec: Spec) -> Iterator[Billed]:
    """The kinds that a cluster has, the machines first."""
    machines = spec.control_plane
    yield Billed(f"control planes, {machines.instance_type}", str(machines.count), "time")
    for name, pool in spec.workers.items():
        kind = "spot price of the time" if pool.spot else "time"
        yield Billed(
            f"machines of pool {name}, {' or '.join(pool.instance_types)}",
            _between(pool.min, pool.max),
            kind,
        )
    least = machines.count * machines.disk_gib + sum(
        pool.min * pool.disk_gib for pool in spec.workers.values()
    )
    most = machines.count * machines.disk_gib + sum(
        pool.max * pool.disk_gib for pool in spec.workers.values()
    )
    yield Billed("disks, gp3", f"{_between(least, most)} GiB", "GB and month")
    yield Billed("network load balancer of the API", "1", "hour, and use")
    network, zones = spec.network, len(spec.vpc.zones)
    nats = len(network.nat_zones) if network else 0
    if nats:
        yield Billed("NAT gateways", str(nats), "hour, and GB that passes")
    if network and network.transit:
        yield Billed("transit gateway attachment", "1", "hour, and GB that passes")
    public = zones if spec.api.scheme is Scheme.INTERNET_FACING else 0
    if nats + public:
        yield Billed("public IPv4 addresses", str(nats + public), "hour")
    if network and (endpoints := network.endpoints.interfaces):
        yield Billed(
            "interface endpoints", f"{len(endpoints)} in {zones} zones", "hour in each zone, and GB"
        )
    if network and network.flow_logs.destination is not FlowLogDestination.NONE:
        yield Billed("flow logs", network.flow_logs.destination, "GB written, and GB stored")
    if spec.backups.enabled:
        yield Billed(
            "snapshots of etcd", f"{spec.backups.keep_days} days", "GB stored, and requests"
        )
    yield Billed("KMS key", "1", "month, and requests")
    yield Billed("traffic between zones, and to the internet", "", "GB")


def _between(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
