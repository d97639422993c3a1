"""A snapshot of etcd in the cluster's bucket: each hour by etcd's leader, and with `now` by this machine.

An object's name says what it is of: `<cluster>/<CA>/<time>-<Kubernetes>-<etcd>.db.gz`. `<CA>` is the beginning of the hash of the
certificate authority, so a cluster that is made again under an old name has snapshots of its own.
"""

import gzip
import http.client
import json
import mmap
import os
import re
import sys
import time

import attempts
import etcd
import etcd_space
import machine
from aws import Aws, Refused
from bucket import Bucket
from kube import Kube
from machine import Failure, path, say
from own_api import MANIFEST

PARTIAL = "/var/lib/dualstack/snapshot"
"""The file that a snapshot passes through. It has every Secret of the cluster, so only root reads it, and it is removed."""
ENDED = "/etc/kubernetes/kube-apiserver.ended"
"""The manifest of an API server that has ended, because its machine is being terminated."""
SHOWN = "dualstack/backup"
"""The annotation with the time of the last snapshot: the verifier reads it."""
FAULT = "backup-fault"
"""The status parameter that says why there was no snapshot, until there is one."""
FAULT_SHOWN = "dualstack/backup-fault"
"""The annotation that says the same."""
ERRORS = (Failure, Refused, OSError, ValueError, http.client.HTTPException)


def main():
    """Make one snapshot, unless there is no bucket or another member is etcd's leader; then look after etcd's space."""
    settings, now = machine.settings(), "now" in sys.argv
    aws, code = Aws(settings), 0
    try:
        status = etcd.ask(settings, "maintenance/status", {})
        leads = status["leader"] == status["header"]["member_id"]
        if not now and not leads:
            say("another member is etcd's leader, and makes the snapshot")
            return 0
        name = bucket_name(settings, aws)
        if name:
            keep(settings, aws, Bucket(settings, name), status["version"])
        else:
            say("the cluster has no bucket for backups")
    except ERRORS as error:
        say(f"no backup: {error}")
        report(settings, aws, error)
        code = 1
    # Also without a snapshot: a bucket that takes none must leave no etcd full.
    return code if now else look_after_space(settings, aws) or code


def look_after_space(settings, aws):
    """Look after the space of etcd's members, and report what was wrong with it; the exit code."""
    try:
        wrong = etcd_space.look_after(settings)
        name = f"{settings['parameters']['status']}/etcd"
        if wrong:
            aws.overwrite(name, wrong)
        else:
            aws.delete([name])
    except ERRORS as error:
        say(f"etcd's space is not looked after: {error}")
        return 1
    return 0


def report(settings, aws, error):
    """Say why there was no snapshot where operators and the verifier look, if the cluster has a bucket."""
    try:
        if bucket_name(settings, aws):
            now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
            fault = f"{now}, {_node()}: {attempts.reason(error)}"
            attempts.report(aws, settings, FAULT, fault)
            show({FAULT_SHOWN: fault})
    except ERRORS as another:
        say(f"cannot report: {another}")


def bucket_name(settings, aws):
    """The name of the cluster's bucket; None if it has none."""
    parameter = f"{settings['parameters']['keys']}/backups"
    return aws.get(parameter).get(parameter)


def folder(settings, aws):
    """What the names of this cluster's snapshots begin with."""
    parameters = settings["parameters"]
    (ca_hash,) = aws.require(f"{parameters['join']}/ca-hash")
    cluster = parameters["keys"].split("/")[2]
    return f"{cluster}/{ca_hash.split(':')[-1][:16]}/"


def keep(settings, aws, bucket, etcd_version):
    """Put a snapshot into the bucket, and report it; its key."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    key = f"{folder(settings, aws)}{stamp}-{_kubernetes()}-{etcd_version}.db.gz"
    file = path(PARTIAL)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    try:
        opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w+b") as compressed:
            size = _write_snapshot(settings, compressed)
            compressed.flush()
            with mmap.mmap(compressed.fileno(), 0, access=mmap.ACCESS_READ) as content:
                bucket.put(key, content)
                held = len(content)
    finally:
        file.unlink(missing_ok=True)
    outcome = {"time": stamp, "key": key, "bytes": held}
    aws.overwrite(f"{settings['parameters']['status']}/backup", json.dumps(outcome))
    aws.delete([f"{settings['parameters']['status']}/{FAULT}"])
    show({SHOWN: stamp, FAULT_SHOWN: None})
    say(f"kept {key}: {size} bytes, {held} compressed")
    return key


def show(annotations):
    """Annotate this machine's Node, for those who ask the API alone. None takes an annotation away."""
    node = _node()
    if node:
        status = Kube().patch_node(node, {"metadata": {"annotations": annotations}})
        if status != 200:
            say(f"the Node does not show it ({status})")


def _node():
    """The name of this machine's Node; empty before it has joined."""
    joined = path(attempts.JOINED)
    return joined.read_text().strip() if joined.exists() else ""


def _kubernetes():
    """The version of the API server that runs here, or was the last to run."""
    file = MANIFEST if path(MANIFEST).exists() else ENDED
    found = re.search(r"image: \S+/kube-apiserver:v(\S+)", path(file).read_text())
    if not found:
        raise Failure(f"{file} names no image of the API server with a version")
    return found.group(1)


def _write_snapshot(settings, target):
    """Write a snapshot, compressed; its bytes. A `Failure` if it is not whole."""
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, mtime=0) as compressed:
        size, whole = etcd.snapshot(settings, compressed.write)
    if not whole:
        raise Failure(
            f"the snapshot is not whole: {size} bytes came, and their SHA-256 is not the one behind them"
        )
    return size


if __name__ == "__main__":
    sys.exit(main())
