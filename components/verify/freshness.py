"""The check of backups: a snapshot of etcd has been kept lately. A cluster that does not show its backups is not checked."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ..facts.backup_interval import LATE
from .finding import Finding, fault, good
from .observed import ObservedCluster

BACKUP = "backup"


def check_backup(cluster: ObservedCluster, now: datetime) -> Iterator[Finding]:
    """The finding about the last snapshot; none if no node shows one."""
    kept = [time for node in cluster.nodes if (time := _time(node.backup))]
    if not kept:
        return
    last = max(kept)
    words = f"the last snapshot of etcd is of {last:%Y-%m-%d %H:%M} UTC"
    if now - last > LATE:
        yield fault(
            BACKUP,
            "cluster",
            f"{words}, and one should follow each hour",
            "read `journalctl --unit dualstack-backup` on the control planes; etcd's leader keeps the snapshots",
        )
    else:
        yield good(BACKUP, "cluster", words)


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
