"""A snapshot of etcd in a cluster's bucket: what its name says, who can have it, whether it is whole, and whether the last one is late."""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Self

from .duration import spoken
from .facts import ssm_paths
from .facts.backup_interval import LATE
from .facts.versions import minor_number, minor_of

NAME = re.compile(
    r"(?P<folder>.+)/(?P<time>[0-9]{8}T[0-9]{6}Z)-(?P<kubernetes>[0-9]+\.[0-9]+\.[^/-]+)-(?P<etcd>[0-9]+\.[0-9]+\.[^/]+)\.db\.gz"
)
TIME = "%Y%m%dT%H%M%S%z"
DIGEST_BYTES = 32
"""etcd sends the SHA-256 of a snapshot behind it."""
CHUNK = 1 << 20


class BrokenSnapshotError(ValueError):
    """A snapshot is not whole. The message says what of it is wrong."""


@dataclass(frozen=True)
class Snapshot:
    """One object in the bucket."""

    key: str
    time: datetime
    """When it was made."""
    kubernetes: str
    """The version of the API server that had written the data."""
    etcd: str
    """The version of etcd that has made it."""
    size: int = 0
    """Its bytes in the bucket."""

    @classmethod
    def named(cls, key: str, size: int = 0) -> Self | None:
        """The snapshot with this key; None if it is the key of something else."""
        found = NAME.fullmatch(key)
        time = _time(found["time"]) if found else None
        if not found or not time:
            return None
        return cls(key, time, found["kubernetes"], found["etcd"], size)

    @property
    def folder(self) -> str:
        """The cluster and the beginning of its authority's hash, of which it is."""
        return self.key.rpartition("/")[0]

    @property
    def minor(self) -> int:
        """The minor of Kubernetes that it is of."""
        return minor_number(self.kubernetes)

    @property
    def etcd_line(self) -> tuple[int, int]:
        """The line of etcd that it is of, such as 3.6."""
        return line_of(self.etcd)

    def unreadable(self, version: str) -> Iterator[str]:
        """Why control planes of a version cannot have it."""
        row = minor_of(version)
        if self.minor > row.minor:
            yield (
                f"it is of Kubernetes {self.kubernetes}, and the control planes are of {version}, which cannot read what a newer minor "
                f"has written; bring the stack to 1.{self.minor}, or restore an older snapshot"
            )
        elif self.minor < row.minor - 1:
            yield (
                f"it is of Kubernetes {self.kubernetes}, and the control planes are of {version}, which read what the minor before has "
                f"written and nothing older; make control planes of 1.{self.minor + 1} or 1.{self.minor}"
            )
        elif self.etcd_line > line_of(row.etcd):
            yield f"it is of etcd {self.etcd}, and etcd {row.etcd} opens nothing newer than itself"
        if row.etcdutl is None:
            yield f"machines of {version} have no program that restores; restore by hand with etcdctl"

    def age(self, now: datetime) -> str:
        """Its age for people."""
        return spoken(now - self.time)


def line_of(etcd: str) -> tuple[int, int]:
    """The line of a version of etcd: 3.6 of 3.6.8."""
    major, minor = etcd.split(".")[:2]
    return int(major), int(minor)


def last(text: str | None) -> Snapshot | None:
    """The last snapshot, as a control plane has reported it; None if it has not."""
    try:
        told = json.loads(text or "{}")
        return Snapshot.named(told["key"], told["bytes"])
    except (ValueError, KeyError, TypeError):
        return None


def awaited(cluster: str, held: Mapping[str, str]) -> Snapshot | None:
    """The snapshot of a restore that is asked for and not done; None without one. `held` are the values of parameters by name."""
    authority = ssm_paths.authority(held.get(ssm_paths.ca_hash(cluster), ""))
    try:
        wanted = json.loads(held.get(ssm_paths.restore(cluster, authority), "{}"))
        done = ssm_paths.restored(cluster, authority, wanted["id"])
        return None if done in held else Snapshot.named(wanted["key"])
    except (ValueError, KeyError, TypeError):
        return None


def is_late(snapshot: Snapshot | None, since: datetime | None, now: datetime) -> bool:
    """Whether another snapshot should have followed; or, without one, the first since `since`. None if that time is not known."""
    last = snapshot.time if snapshot else since
    return last is not None and now - last > LATE


def why_late(fault: str | None) -> str:
    """Why there is no newer snapshot, or what says it. `fault` is why the last attempt failed, as a control plane has reported it."""
    if fault:
        return f"the last attempt failed: {fault}"
    return "`journalctl --unit dualstack-backup` on the control planes says why"


def check(compressed: IO[bytes]) -> None:
    """A `BrokenSnapshotError` unless a snapshot can be unpacked, and has the SHA-256 that is at its end."""
    digest, end = hashlib.sha256(), b""
    try:
        for part in _parts(gzip.GzipFile(fileobj=compressed)):
            end += part
            digest.update(end[:-DIGEST_BYTES])
            end = end[-DIGEST_BYTES:]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BrokenSnapshotError(str(error)) from None
    if digest.digest() != end:
        raise BrokenSnapshotError("its SHA-256 is not the one at its end")


def _parts(file: gzip.GzipFile) -> Iterable[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _time(text: str) -> datetime | None:
    """The time in a key; None if no calendar has it."""
    try:
        return datetime.strptime(text.replace("Z", "+0000"), TIME).astimezone(UTC)
    except ValueError:
        return None
