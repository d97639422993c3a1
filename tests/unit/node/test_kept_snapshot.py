"""The snapshot of etcd on a machine's own disk, from before an upgrade."""

import hashlib
import json
import os
import subprocess
import sys
import time

from tests.unit.node import test_backup
from tests.unit.node.conftest import Cluster
from tests.unit.node.machine import PROGRAMS, Machine
from tests.unit.node.test_backup import DATABASE, Etcd, Kept, stream

etcd, machine, bucket = test_backup.etcd, test_backup.machine, test_backup.bucket

KEEP = """
import json, sys, aws, kept_snapshot
settings = json.load(sys.stdin)
kept_snapshot.keep(settings, aws.Aws(settings), 'plan-1', float(sys.argv[1]))
"""


def keep(machine: Machine, since: float = 0) -> subprocess.CompletedProcess[str]:
    """Keep a snapshot under the name plan-1, unless there is one since that time."""
    settings = (machine.root / "etc/dualstack/node.json").read_text()
    path = os.pathsep.join((str(machine.root / PROGRAMS), machine.env()["PYTHONPATH"]))
    return subprocess.run(
        [sys.executable, "-c", KEEP, str(since)],
        input=json.dumps(json.loads(settings)),
        env=machine.env() | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_snapshot_is_kept_for_root_alone_and_takes_the_place_of_the_last(machine: Machine):
    folder = machine.root / "var/lib/dualstack/snapshots"
    folder.mkdir(parents=True)
    (folder / "plan-0.db").touch()

    ended = keep(machine)

    assert ended.returncode == 0, ended.stderr
    [kept] = folder.iterdir()
    assert kept.name == "plan-1.db"
    assert kept.read_bytes() == DATABASE + hashlib.sha256(DATABASE).digest()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_one_from_before_the_plan_began_is_replaced(machine: Machine):
    folder = machine.root / "var/lib/dualstack/snapshots"
    folder.mkdir(parents=True)
    (folder / "plan-1.db").write_bytes(b"old")

    ended = keep(machine, since=time.time() + 60)

    assert ended.returncode == 0, ended.stderr
    assert (folder / "plan-1.db").read_bytes() == DATABASE + hashlib.sha256(DATABASE).digest()
    assert len(list(folder.iterdir())) == 1


def test_a_snapshot_with_another_digest_is_refused_and_is_not_kept(machine: Machine, etcd: Etcd):
    etcd.lines = stream(DATABASE, b"\0" * 32)

    ended = keep(machine)

    assert "the snapshot of etcd is not whole" in ended.stderr
    assert not (machine.root / "var/lib/dualstack/snapshots/plan-1.db").exists()


def test_the_bucket_gets_one_too_and_a_second_attempt_takes_none(
    machine: Machine, etcd: Etcd, bucket: Kept
):
    # Every control plane may be the first of an upgrade, also one that does not lead.
    etcd.leader = "11"

    ended, again = keep(machine), keep(machine)

    assert (ended.returncode, again.returncode) == (0, 0), ended.stderr + again.stderr
    [key] = bucket.keys()
    assert key.endswith("-1.37.2-3.7.0.db.gz")
    assert (machine.root / "var/lib/dualstack/snapshots/plan-1.db").exists()


def test_a_disk_without_room_fills_no_bucket(machine: Machine, bucket: Kept):
    database = machine.root / "var/lib/etcd/member/snap/db"
    database.parent.mkdir(parents=True)
    with database.open("wb") as sparse:
        sparse.truncate(1 << 42)

    ended = keep(machine)

    assert "no room for a snapshot of etcd" in ended.stderr
    assert bucket.keys() == []


def test_without_its_bucket_nothing_is_kept_and_the_upgrade_waits(
    cluster: Cluster, machine: Machine
):
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", "gone-1234567")

    ended = keep(machine)

    assert "NoSuchBucket" in ended.stderr
    assert not (machine.root / "var/lib/dualstack/snapshots/plan-1.db").exists()
