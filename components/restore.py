"""The command `python -m dualstack restore`: have control planes make a snapshot the data of their etcd again."""

import argparse
import json
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import IO, Any

from .command_parser import CommandParser, failed
from .facts import ssm_paths
from .facts.versions import NEWEST, is_known
from .snapshot import BrokenSnapshotError, Snapshot, check
from .standing import standing
from .status.account import UnaskableAccountError, account, session

DONE, REFUSED, UNASKED = 0, 1, 2

COPIES = "copies"
"""The folder of snapshots of other clusters, below that of the cluster's own: nobody takes them for the newest."""

RESTORED = (
    "{0} goes back to {1}, which is {2} old. All that was written since is lost. Its API is away for a minute or so; pods on workers go "
    "on."
)
COPIED = (
    "{0} becomes a copy of {1}, which is {2} old. All that {0} holds is lost. Its API is away for a minute or so. It is never ready again "
    "unless {0} was made with the key that encrypts the first cluster's Secrets. Workers of {0} that run now are no nodes of the copy: "
    "terminate them, and others join."
)
"""What is said before somebody types the cluster's name. The place of each value is its number: the cluster, the snapshot and its age."""

ABSENT = ("404", "NoSuchKey", "NoSuchBucket")
"""The codes with which S3 says that it has no such object."""


class RefusedRestoreError(Exception):
    """A restore cannot be asked for. The message says why, and what to do."""


@dataclass(frozen=True)
class Restorable:
    """A cluster that a snapshot may be restored into."""

    cluster: str
    authority: str
    """The beginning of the hash of its certificate authority, as names of markers and of snapshots have it."""
    bucket: str
    version: str
    """The version that the stack wants of its control planes."""
    ssm: Any
    s3: Any

    @property
    def folder(self) -> str:
        """What the keys of its snapshots begin with."""
        return f"{self.cluster}/{self.authority}"

    @property
    def marker(self) -> str:
        """The parameter by which control planes are asked for a restore."""
        return ssm_paths.restore(self.cluster, self.authority)

    def snapshots(self) -> list[Snapshot]:
        """Its snapshots, the newest first."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.folder}/", Delimiter="/"
        )
        objects = [one for page in pages for one in page.get("Contents", ())]
        found = [Snapshot.named(one["Key"], one["Size"]) for one in objects]
        return sorted((one for one in found if one), key=lambda one: one.time, reverse=True)

    def faults(self, snapshot: Snapshot, *, copy: bool) -> Iterator[str]:
        """Why control planes of this cluster cannot have this snapshot."""
        if not copy and snapshot.folder != self.folder:
            yield (
                f"it is of another cluster: this one's snapshots are in {self.folder}/; a copy of another cluster, for a drill, is "
                "asked for with --copy-of"
            )
        if copy and snapshot.folder == self.folder:
            yield "it is this cluster's own; restore it with --snapshot"
        yield from snapshot.unreadable(self.version)

    @contextmanager
    def checked(self, bucket: str, snapshot: Snapshot) -> Generator[IO[bytes]]:
        """The snapshot as a file. A `RefusedRestoreError` if it is broken."""
        with tempfile.TemporaryFile() as file:
            self._fetch(bucket, snapshot, file)
            file.seek(0)
            try:
                check(file)
            except BrokenSnapshotError as error:
                raise RefusedRestoreError(
                    f"{snapshot.key} is broken: {error}; restore another one"
                ) from None
            yield file

    def _fetch(self, bucket: str, snapshot: Snapshot, file: IO[bytes]) -> None:
        errors = import_module("botocore.exceptions")
        try:
            self.s3.download_fileobj(bucket, snapshot.key, file)
        except errors.ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            raise RefusedRestoreError(
                f"there is no s3://{bucket}/{snapshot.key}; --list shows the snapshots of {self.cluster}"
            ) from None

    def copied(self, file: IO[bytes], snapshot: Snapshot) -> str:
        """The key of a copy in this cluster's own bucket, which alone its control planes can read."""
        key = f"{self.folder}/{COPIES}/{snapshot.key.rpartition('/')[2]}"
        file.seek(0)
        self.s3.upload_fileobj(file, self.bucket, key)
        return key

    def ask(self, key: str, now: datetime, *, copy: bool) -> None:
        """Ask the control planes for it."""
        wanted = {"id": now.strftime("%Y%m%dT%H%M%SZ"), "key": key, "copy": copy}
        self.ssm.put_parameter(
            Name=self.marker, Value=json.dumps(wanted), Type="String", Overwrite=True
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask for a restore of the cluster that the arguments name, and return the exit code: see `--help`."""
    options = _parser().parse_args(arguments)
    if find_spec("boto3") is None:
        return failed(
            "restore needs boto3, which the package installs when it is asked to: "
            "python -m pip install '/path/to/dualstack[status]'",
            UNASKED,
        )
    # The packages of the extra `status`.
    errors = import_module("botocore.exceptions")
    try:
        target = _target(options.cluster, options.region)
        if options.list:
            sys.stdout.write(_table(target.snapshots(), datetime.now(UTC)))
            return DONE
        return _restore(target, options)
    except RefusedRestoreError as error:
        return failed(str(error), REFUSED)
    except UnaskableAccountError as error:
        return failed(str(error), UNASKED)
    except (errors.BotoCoreError, errors.ClientError) as error:
        return failed(f"AWS cannot be asked for {options.cluster}: {error}", UNASKED)


def _target(cluster: str, region: str | None) -> Restorable:
    asked = account(region)
    held = {name: one.value for name, one in asked.parameters(cluster).items()}
    bucket = ssm_paths.backup_bucket(cluster)
    found = asked.ssm.get_parameters(Names=[bucket])["Parameters"]
    ca_hash = held.get(ssm_paths.ca_hash(cluster))
    if not ca_hash or not found:
        raise RefusedRestoreError(
            f"SSM has no {bucket}: {cluster} has no backups, or is in another account or region"
        )
    at = standing(cluster, held)
    version = at.planned or at.reached
    if not version:
        raise RefusedRestoreError(
            f"the stack does not say which version {cluster} is of; run `pulumi up` first"
        )
    if not is_known(version):
        raise RefusedRestoreError(
            f"the control planes are of {version}, and this version of the program knows Kubernetes up to 1.{NEWEST}; run the "
            "version that has brought them there, or a later one"
        )
    s3 = session(region).client("s3")
    authority = ssm_paths.authority(ca_hash)
    return Restorable(cluster, authority, found[0]["Value"], version, asked.ssm, s3)


def _restore(target: Restorable, options: argparse.Namespace) -> int:
    bucket, snapshot = _chosen(target, options)
    copy = bool(options.copy_of)
    if faults := [*target.faults(snapshot, copy=copy)]:
        raise RefusedRestoreError("\n  ".join([f"{snapshot.key} cannot be restored:", *faults]))
    with target.checked(bucket, snapshot) as file:
        now = datetime.now(UTC)
        _say((COPIED if copy else RESTORED).format(target.cluster, snapshot.key, snapshot.age(now)))
        if not options.yes:
            _confirm(target.cluster)
        key = target.copied(file, snapshot) if copy else snapshot.key
    target.ask(key, now, copy=copy)
    _say(
        f"asked for. One control plane restores it and the others join; `python -m dualstack status {target.cluster}` has their "
        "words. If none runs any more, `pulumi up --refresh` makes new ones, and they restore it."
    )
    return DONE


def _confirm(cluster: str) -> None:
    """A `RefusedRestoreError` unless somebody types the cluster's name."""
    try:
        typed = input(f"Type {cluster} to go on: ")
    except (EOFError, KeyboardInterrupt):
        raise RefusedRestoreError(
            f"nobody has typed {cluster}; nothing was changed. --yes goes on without"
        ) from None
    if typed.strip() != cluster:
        raise RefusedRestoreError(f"that is not {cluster}; nothing was changed")


def _chosen(target: Restorable, options: argparse.Namespace) -> tuple[str, Snapshot]:
    """The bucket, and the snapshot in it."""
    if options.copy_of:
        scheme, _, address = options.copy_of.partition("://")
        bucket, _, key = address.partition("/")
        if scheme != "s3" or not bucket:
            raise RefusedRestoreError(
                f"{options.copy_of} is no address of a snapshot; write s3://BUCKET/KEY"
            )
        return bucket, _named(key)
    if options.snapshot:
        return target.bucket, _named(options.snapshot)
    found = target.snapshots()
    if not found:
        raise RefusedRestoreError(f"there is no snapshot in s3://{target.bucket}/{target.folder}/")
    return target.bucket, found[0]


def _named(key: str) -> Snapshot:
    snapshot = Snapshot.named(key)
    if not snapshot:
        raise RefusedRestoreError(f"{key} is not the key of a snapshot; --list shows them")
    return snapshot


def _table(snapshots: Sequence[Snapshot], now: datetime) -> str:
    if not snapshots:
        return "there is no snapshot\n"
    lines = [
        f"{one.time:%Y-%m-%d %H:%M:%S}  {one.age(now):>8}  Kubernetes {one.kubernetes}  etcd {one.etcd}  {one.size:>12,} bytes  {one.key}"
        for one in snapshots
    ]
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m dualstack restore",
        description="Have the control planes of a cluster go back to a snapshot of etcd. A snapshot that is broken, of another "
        "cluster, or of a version that they cannot read is refused before anything is touched.",
        epilog="Exit code: 0 the restore is asked for, 1 it is refused, 2 AWS could not be asked.",
    )
    parser.add_argument("cluster", help="the cluster's name: cluster.name in the configuration")
    parser.add_argument("--region", help="default: the environment's")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the snapshots, and do nothing")
    what.add_argument("--snapshot", metavar="KEY", help="default: the newest")
    what.add_argument(
        "--copy-of",
        metavar="s3://BUCKET/KEY",
        help="a snapshot of another cluster, to have a copy of it for a drill; this cluster must have been made with the key that "
        "encrypts the other one's Secrets",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for the cluster's name")
    return parser


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201 people read it
