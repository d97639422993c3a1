"""The check of backups: a snapshot of etcd has been kept lately. A cluster that shows neither one nor a failure is not checked."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ..facts.backup_interval import LATE
from .finding import Finding, fault, good
from .observed import ObservedCluster

BACKUP = "backup"


def check_backup(cluster: ObservedCluster, now: datetime) -> Iterator[Finding]:
    """The finding about the last snapshot; none if no node shows one, nor why it could not keep one."""
    last = max((time for node in cluster.nodes if (time := _time(node.backup))), default=None)
    # Each begins with its time.
    failure = max(node.backup_fault for node in cluster.nodes) if cluster.nodes else ""
    if not last and not failure:
        return
    words = (
        f"the last snapshot of etcd is of {last:%Y-%m-%d %H:%M} UTC"
        if last
        else "no snapshot of etcd has been kept yet"
    )
    if last and now - last <= LATE:
        yield good(BACKUP, "cluster", words)
        return
    yield fault(
        BACKUP,
        "cluster",
        f"{words}, and one should follow each hour{failure and f'; the last attempt failed: {failure}'}",
        "read `journalctl --unit dualstack-backup` on the control planes; etcd's leader keeps the snapshots",
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
