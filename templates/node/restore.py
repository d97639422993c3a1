"""A snapshot of etcd from the cluster's bucket as the data of this machine's etcd, and what the cluster must forget afterwards."""

import gzip
import hashlib
import json
import os
import re
import shutil
import time
import zlib

import backup
import left_nodes
import manifests
import plan
from aws import Refused
from bucket import Bucket
from groups import Groups
from kube import Kube
from kubeadm import DATA, begin
from machine import Failure, path, run, say
from order import control_planes, ready

PARTIAL = "/var/lib/dualstack/restore"
"""The folder that the snapshot, and what is built of it, are in until etcd has it. It has every Secret, so only root reads it."""
BUILT = f"{PARTIAL}/etcd"
ETCDUTL = "/opt/etcd/etcdutl"
SECONDS = 600
"""The time that etcdutl may take to read or write eight gigabytes."""
DIGEST_BYTES = 32
CHUNK = 1 << 20
NAME = re.compile(r".*/\d{8}T\d{6}Z-1\.(\d+)\.[^/]+\.db\.gz")
"""The name of a snapshot, with the minor of Kubernetes that it is of."""
REVISIONS_A_SECOND = 1000000
"""What a revision has for each second since 1970 that a restore was made at.

So it is above all that clients have seen, whichever snapshot is restored and however often, as long as etcd has written less than this
each second on average since the restore before. No etcd writes so fast. Until 2255 a JSON number holds such a revision exactly.
"""
STRATEGIC = "application/strategic-merge-patch+json"
PATIENCE_SECONDS = 120


def check(settings, aws, restore):
    """A `Failure` if this machine could not restore, were it chosen: it lacks the program, or there is no bucket or snapshot.

    The minor is checked later. The machine may get another one from the stack before.
    """
    # What a list of software has is installed before a restore.
    if not path(plan.SOFTWARE).exists():
        _check_program()
    key = restore["key"]
    _check_key(settings, aws, key)
    bucket = backup.bucket_name(settings, aws)
    if not bucket:
        raise Failure(
            f"{key} cannot be fetched: the cluster has no bucket; set backups.enabled, and run `pulumi up`"
        )
    if key not in Bucket(settings, bucket).keys(key):
        raise Failure(f"there is no {key} in the bucket {bucket}; restore another one")


def _check_program():
    if not path(ETCDUTL).exists():
        raise Failure(f"{ETCDUTL} is not on this machine; an image with its own software needs it")


def _check_key(settings, aws, key):
    """A `Failure` unless a key is that of a snapshot of this cluster."""
    own = backup.folder(settings, aws)
    if not key.startswith(own):
        raise Failure(f"{key} is of another cluster: this one's snapshots are in {own}")
    if not NAME.fullmatch(key):
        raise Failure(f"{key} is not the key of a snapshot; restore another one")


def fetch(settings, aws, restore):
    """Fetch the snapshot of a restore; a `Failure` if it is not whole, or not for this machine."""
    key = restore["key"]
    _check_key(settings, aws, key)
    document = path("/etc/dualstack/kubeadm/init.yaml").read_text()
    minor = int(re.search(r"kubernetesVersion: *\"?v1\.(\d+)", document).group(1))
    _check_minor(key, minor)
    parameter = f"{settings['parameters']['keys']}/backups"
    (bucket,) = aws.require(parameter)
    folder = path(PARTIAL)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    compressed, target = folder / "snapshot.gz", folder / "snapshot.db"
    say(f"fetching {key}")
    try:
        with compressed.open("w+b") as file:
            Bucket(settings, bucket).get(key, file)
        _unpack(compressed, target)
    except Refused as error:
        raise Failure(f"cannot fetch {key}: {error}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Failure(f"{key} is broken: {error}; restore another one") from None
    except OSError as error:
        raise Failure(
            f"{PARTIAL} does not take {key}: {error.strerror}; make room on its disk, or replace the machine"
        ) from None
    compressed.unlink()
    if not whole(target):
        raise Failure(
            f"{key} is broken: its SHA-256 is not the one at its end; restore another one"
        )
    return target


def _check_minor(key, minor):
    """A `Failure` unless an API server of a minor reads what is in a snapshot."""
    was = int(NAME.fullmatch(key).group(1))
    if was > minor:
        raise Failure(
            f"{key} is of a newer minor than this machine, whose is 1.{minor}; restore an older one"
        )
    if was < minor - 1:
        raise Failure(
            f"{key} is too old for this machine, whose minor is 1.{minor}: it reads what the minor before has written and nothing "
            f"older; make control planes of 1.{was + 1} or 1.{was}"
        )


def _unpack(compressed, target):
    with gzip.open(compressed) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def whole(file):
    """Whether the last bytes of a snapshot are the SHA-256 of all before them."""
    left = file.stat().st_size - DIGEST_BYTES
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while left > 0:
            part = content.read(min(left, CHUNK))
            digest.update(part)
            left -= len(part)
        return left == 0 and content.read() == digest.digest()


def build(snapshot, restore, facts, family):
    """Make data of etcd of a snapshot, a cluster of one member, beside those that are there."""
    address = facts[f"@NODE_{family.upper()}@"]
    host = f"[{address}]" if ":" in address else address
    name, peer = facts["@NODE_NAME@"], f"https://{host}:2380"
    _check_program()
    program = str(path(ETCDUTL))
    # etcdutl adds to the revision that the snapshot has.
    revision = int(time.time() * REVISIONS_A_SECOND)
    flags = [
        # It writes into no folder that is there. etcd's own may be a disk, and then cannot be replaced.
        f"--data-dir={path(BUILT)}",
        f"--name={name}",
        f"--initial-cluster={name}={peer}",
        f"--initial-advertise-peer-urls={peer}",
        # Members of the cluster before are strangers to this one.
        f"--initial-cluster-token={restore['id']}",
        f"--bump-revision={revision - _revision(program, snapshot)}",
        "--mark-compacted",
    ]
    run(program, "snapshot", "restore", str(snapshot), *flags, seconds=SECONDS)
    snapshot.unlink()


def _revision(program, snapshot):
    """The last revision in a snapshot."""
    status = (program, "snapshot", "status", str(snapshot), "--write-out", "json")
    return json.loads(manifests.output(*status, warns=True, seconds=SECONDS))["revision"]


def place(restore):
    """Give this machine's etcd the data that were built."""
    data = path(DATA)
    # A move to another disk copies, and power may fail in the middle.
    begin("init", restore["id"])
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    shutil.move(str(path(f"{BUILT}/member")), str(data))
    shutil.rmtree(path(PARTIAL))
    say(f"etcd has {restore['key']}")


def forget(settings, instance, restore, admin):
    """Have the cluster forget what was so when the snapshot was made, and is not so any more: which control planes are Ready.

    Of a copy, no Node of the first cluster stays. The control planes of this one join again. Its workers do not by themselves: a kubelet
    registers once, when it starts.
    """
    kube, deadline = Kube(admin), time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            nodes = _nodes(kube) if restore.get("copy") else control_planes(kube)
            break
        except Failure:
            # An API server has not read its own roles in its first seconds.
            if time.monotonic() > deadline:
                raise
            time.sleep(2)
    others = [name for name in nodes if name != instance]
    known = [name for name in others if left_nodes.INSTANCE.fullmatch(name)]
    gone = others if restore.get("copy") else left_nodes.ending(Groups(settings), instance, known)
    for name in others:
        if name in gone:
            status, _ = kube.ask("DELETE", f"/api/v1/nodes/{name}")
            say(f"deleted the Node {name} ({status})")
            _delete_pods(kube, name)
        elif ready(nodes[name]):
            # Under the name of a Node that is Ready nothing can join.
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            unknown = {
                "type": "Ready",
                "status": "Unknown",
                "reason": "Restored",
                "message": "the machine has not joined since etcd was restored",
                "lastTransitionTime": now,
                "lastHeartbeatTime": now,
            }
            change = {"status": {"conditions": [unknown]}}
            status, _ = kube.ask("PATCH", f"/api/v1/nodes/{name}/status", change, STRATEGIC)
            say(f"the Node {name} is not Ready until it joins ({status})")


def _delete_pods(kube, node):
    """Delete the pods of a Node that is gone, which the snapshot calls running: CoreDNS may have no others.

    The controller manager would do the same, but a minute later.
    """
    _, pods = kube.pods(node)
    for pod in pods:
        place = "/api/v1/namespaces/{namespace}/pods/{name}".format(**pod["metadata"])
        kube.ask("DELETE", place, {"gracePeriodSeconds": 0})


def _nodes(kube):
    status, found = kube.ask("GET", "/api/v1/nodes")
    if status != 200:
        raise Failure(f"the API does not say which nodes there are ({status})")
    return {node["metadata"]["name"]: node for node in found["items"]}
