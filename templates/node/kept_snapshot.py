"""A snapshot of etcd on this machine's own disk, from before an upgrade: the way back to the minor before."""

import base64
import hashlib
import json
import os
import shutil

import etcd
from machine import Failure, path, say

FOLDER = "/var/lib/dualstack/snapshots"
DATABASE = "/var/lib/etcd/member/snap/db"
DIGEST_BYTES = 32
"""etcd sends the SHA-256 of a snapshot behind it. A restore wants it there."""


def keep(settings, name):
    """Keep a snapshot under a name, and no other. A `Failure` if it is not whole, or the disk has no room for it."""
    target = path(f"{FOLDER}/{name}.db")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o700)
    for other in target.parent.iterdir():
        other.unlink()
    database = path(DATABASE)
    needed = database.stat().st_size * 2 if database.exists() else 0
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise Failure(
            f"no room for a snapshot of etcd: {FOLDER} has {free >> 20} MiB free and {needed >> 20} MiB are wanted; make room"
        )
    partial = target.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        size = _receive(settings, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    say(f"kept a snapshot of etcd, {size} bytes: {FOLDER}/{name}.db")


def _receive(settings, file):
    """Write the snapshot that etcd streams: a line is JSON with a part in base64. Its bytes; a `Failure` if it is not whole."""
    digest, end, size = hashlib.sha256(), b"", 0
    for line in etcd.lines(settings, "maintenance/snapshot", {}):
        part = json.loads(line)
        if "result" not in part:
            raise Failure(f"etcd makes no snapshot: {json.dumps(part)[:300]}")
        blob = base64.b64decode(part["result"].get("blob", ""))
        file.write(blob)
        size += len(blob)
        end += blob
        digest.update(end[:-DIGEST_BYTES])
        end = end[-DIGEST_BYTES:]
    if not size or digest.digest() != end:
        raise Failure(
            f"the snapshot of etcd is not whole: {size} bytes came, and their SHA-256 is not the one behind them"
        )
    return size
