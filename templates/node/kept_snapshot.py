"""A snapshot of etcd from before an upgrade, on this machine's own disk and in the cluster's bucket: the way back to the minor before."""

import os
import shutil

import backup
import etcd
from bucket import Bucket
from machine import Failure, path, say

FOLDER = "/var/lib/dualstack/snapshots"
DATABASE = "/var/lib/etcd/member/snap/db"


def keep(settings, aws, name, since):
    """Keep a snapshot under a name, and no other; and one in the bucket, if there is a bucket. Nothing if there is one since that time.

    A `Failure` if it is not whole, or the disk has no room for it. That on the disk comes last: once it is there, nothing is taken again.
    """
    target = path(f"{FOLDER}/{name}.db")
    if target.exists() and target.stat().st_mtime >= since:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o700)
    others = [one for one in target.parent.iterdir() if one != target]
    database = path(DATABASE)
    needed = database.stat().st_size * 2 if database.exists() else 0
    free = shutil.disk_usage(target.parent).free + sum(one.stat().st_size for one in others)
    if free < needed:
        raise Failure(
            f"no room for a snapshot of etcd: {FOLDER} has {free >> 20} MiB free and {needed >> 20} MiB are wanted; make room"
        )
    # After the disk: an upgrade that waits for room tries again each minute.
    bucket = backup.bucket_name(settings, aws)
    if bucket:
        version = etcd.ask(settings, "maintenance/status", {})["version"]
        backup.keep(settings, aws, Bucket(settings, bucket), version)
    for other in others:
        other.unlink()
    partial = target.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        size, whole = etcd.snapshot(settings, file.write)
        if not whole:
            raise Failure(
                f"the snapshot of etcd is not whole: {size} bytes came, and their SHA-256 is not the one behind them"
            )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    say(f"kept a snapshot of etcd, {size} bytes: {FOLDER}/{name}.db")
