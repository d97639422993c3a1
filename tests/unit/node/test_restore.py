"""A restore: who does it, what etcd then has, and that nothing of what was before goes on beside it."""

import base64
import errno
import gzip
import hashlib
import io
import json
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from components.facts import ssm_paths
from components.machine.fetched_programs import in_parts
from rehearsal.builds.etcd import etcd, etcdutl
from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster, _program
from tests.unit.node.kubernetes import Kubernetes, let_in, node, pod
from tests.unit.node.machine import Machine
from tests.unit.node.scaling import Scaling
from tests.unit.node.test_gone_cluster import own

RESTORE = "20261129T120000Z"
AGAIN = "20261129T130000Z"
ID = "0123456789abcdef"
NAME = "20261129T110000Z-1.37.2-3.7.0.db.gz"
LABEL = "node-role.kubernetes.io/control-plane"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running_etcd(data: Path, name: str, peer: str) -> Iterator[str]:
    """etcd over some data; its URL."""
    url, peers = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    command = [
        *(etcd(), f"--data-dir={data}", f"--name={name}", f"--listen-client-urls={url}"),
        *(f"--advertise-client-urls={url}", f"--listen-peer-urls={peers}"),
        *(f"--initial-advertise-peer-urls={peer}", f"--initial-cluster={name}={peer}"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as member:
        try:
            wait_until(lambda: answers(url), "etcd answers")
            yield url
        finally:
            member.terminate()


def answers(url: str) -> bool:
    try:
        ask(url, "maintenance/status")
    except OSError:
        return False
    return True


def ask(url: str, call: str, **request: str) -> list[dict[str, Any]]:
    """The lines of etcd's answer. Keys and values are in base64."""
    body = {key: base64.b64encode(value.encode()).decode() for key, value in request.items()}
    asked = urllib.request.Request(f"{url}/v3/{call}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return [json.loads(line) for line in answer]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A snapshot of a real etcd in which `a` is `there`."""
    with running_etcd(tmp_path_factory.mktemp("etcd"), "old", "http://127.0.0.1:1") as url:
        ask(url, "kv/put", key="a", value="there")
        lines = ask(url, "maintenance/snapshot")
    return b"".join(base64.b64decode(line["result"].get("blob", "")) for line in lines)


@pytest.fixture
def bucket(cluster: Cluster, client: Any, database: bytes) -> Any:
    """The cluster's bucket with a snapshot, and a way to put others there."""
    name = f"{cluster.name}-backups-1234567"
    s3 = client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", name)

    def put(content: bytes, named: str = NAME) -> str:
        key = f"{cluster.name}/{ID}/{named}"
        s3.put_object(Bucket=name, Key=key, Body=content)
        return key

    put(gzip.compress(database))
    return put


@pytest.fixture
def control_plane(cluster: Cluster, groups: Scaling, api: Kubernetes, bucket: Any) -> Any:
    """Makes control planes that have what a restore takes."""

    def make() -> Machine:
        made = cluster.control_plane()
        own(cluster, made)
        made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
        program = made.root / "opt/etcd/etcdutl"
        program.parent.mkdir(parents=True)
        program.symlink_to(etcdutl())
        let_in(made, api, cluster.authority)
        admin = (made.root / "etc/kubernetes/admin.conf").read_text()
        made.arrange("kubeadm init", *[{"write": {"etc/kubernetes/admin.conf": admin}}] * 5)
        api.nodes[made.instance] = control_plane_node(made)
        return made

    return make


def control_plane_node(machine: Machine) -> dict[str, Any]:
    made = node(machine.instance)
    made["metadata"]["labels"][LABEL] = ""
    return made


def restore(cluster: Cluster, name: str = NAME, at: str = RESTORE, **more: bool) -> None:
    """Ask for a restore, as an operator does."""
    wanted = {"id": at, "key": f"{cluster.name}/{ID}/{name}", **more}
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-restore", json.dumps(wanted))


def systemctl(machine: Machine) -> list[str]:
    return [" ".join(call["arguments"]) for call in machine.calls("systemctl")]


def has_joined(machine: Machine) -> bool:
    return (machine.root / "var/lib/dualstack/joined").exists()


def test_a_new_control_plane_restores_and_init_runs_over_the_data(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    restore(cluster)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    [init] = machine.calls()
    assert init["arguments"][3:] == [
        "--skip-token-print",
        "--ignore-preflight-errors=DirAvailable--var-lib-etcd",
    ]
    assert cluster.marker(f"-{RESTORE}") == machine.instance
    assert cluster.marker(f"-{RESTORE}-{machine.instance}") == RESTORE
    assert cluster.marker(f"-{RESTORE}-done") == machine.instance
    assert cluster.marker() is None
    data = machine.root / "var/lib/etcd"
    assert oct(data.stat().st_mode & 0o777) == "0o700"
    assert not (machine.root / "var/lib/dualstack/restore").exists()
    with running_etcd(data, machine.instance, "https://127.0.0.1:2380") as url:
        [found] = ask(url, "kv/range", key="a")
    assert base64.b64decode(found["kvs"][0]["value"]) == b"there"


def test_a_restore_is_above_all_that_was_written_after_the_one_before_of_the_same_snapshot(
    cluster: Cluster, control_plane: Any
):
    machine, began = control_plane(), time.time()
    data = machine.root / "var/lib/etcd"
    restore(cluster)
    machine.run()
    with running_etcd(data, machine.instance, "https://127.0.0.1:2380") as url:
        [written] = ask(url, "kv/put", key="b", value="since")

    restore(cluster, at=AGAIN)
    machine.run("stand_down.py", "once")
    machine.run()
    with running_etcd(data, machine.instance, "https://127.0.0.1:2380") as url:
        [found] = ask(url, "kv/range", key="b")

    seen, now = (int(each["header"]["revision"]) for each in (written, found))
    assert began * 1_000_000 < seen < now
    assert now < time.time() * 1_000_000
    assert "kvs" not in found


def test_who_restores_has_the_files_that_the_stack_plans(cluster: Cluster, control_plane: Any):
    machine = control_plane()
    text = (machine.root / "etc/dualstack/kubeadm/init.yaml").read_text() + "# planned\n"
    document = {
        "version": "1.37.2",
        "files": {"/etc/dualstack/kubeadm/init.yaml": ["0600", text]},
        "software": {},
    }
    for number, part in enumerate(in_parts(document), 1):
        cluster.put(f"{ssm_paths.plan_folder(cluster.name)}/{number}", part)
    restore(cluster)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.calls()[0]["config"].endswith("# planned\n")


def test_a_running_control_plane_stands_down_before_it_restores(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    machine.run()
    manifest = machine.root / "etc/kubernetes/manifests/etcd.yaml"
    manifest.parent.mkdir()
    manifest.touch()
    member = machine.root / "var/lib/etcd/member"
    member.mkdir(parents=True)
    (member / "old").touch()

    restore(cluster)
    machine.run("stand_down.py", "once")
    stood_down = has_joined(machine), manifest.exists(), systemctl(machine)[-3:]
    ended = machine.run()

    assert stood_down == (
        False,
        False,
        [
            "stop dualstack-token.timer dualstack-members.timer dualstack-certificates.timer"
            " dualstack-backup.timer dualstack-nodes.service dualstack-upgrade.service"
            " dualstack-token.service dualstack-members.service dualstack-certificates.service"
            " dualstack-backup.service",
            "stop kubelet",
            "restart --no-block dualstack-bootstrap.service",
        ],
    )
    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["init", "reset", "init"]
    assert not (member / "old").exists()
    assert cluster.marker(f"-{RESTORE}-done") == machine.instance


def test_a_machine_whose_standing_down_was_cut_off_at_its_end_begins_again(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    machine.run()
    restore(cluster)
    # The process that stands down ends when the last command does not: the mark of the join is gone by then.
    machine.arrange("systemctl restart", {"exit": 1})
    machine.run("stand_down.py", "once")
    left = has_joined(machine)

    machine.run("stand_down.py", "once")

    assert not left
    assert systemctl(machine)[-1] == "start --no-block dualstack-bootstrap.service"


def test_a_machine_whose_runtime_does_not_answer_has_not_stood_down(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    machine.run()
    restore(cluster)
    machine.arrange("crictl ps", *[{"exit": 1}] * 100)

    ended = machine.run("stand_down.py", "once")

    assert "crictl ps: exit 1" in ended.stdout
    assert has_joined(machine)


def lacks_program(machine: Machine, cluster: Cluster) -> None:
    # An image with its own software has no list of it.
    (machine.root / "etc/dualstack/software").unlink(missing_ok=True)
    (machine.root / "opt/etcd/etcdutl").unlink()


def lacks_bucket(_: Machine, cluster: Cluster) -> None:
    cluster.ssm.delete_parameter(Name=f"/dualstack/{cluster.name}/control-plane/backups")


def lacks_snapshot(_: Machine, cluster: Cluster) -> None:
    restore(cluster, ABSENT)


def asks_for_another(_: Machine, cluster: Cluster) -> None:
    wanted = {"id": RESTORE, "key": f"other/{ID}/{NAME}"}
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-restore", json.dumps(wanted))


ABSENT = "20261129T100000Z-1.37.2-3.7.0.db.gz"
UNABLE = {
    "no program": (
        lacks_program,
        "/opt/etcd/etcdutl is not on this machine; an image with its own software needs it",
    ),
    "no bucket": (
        lacks_bucket,
        "the cluster has no bucket; set backups.enabled, and run `pulumi up`",
    ),
    "no snapshot": (lacks_snapshot, f"/{ID}/{ABSENT} in the bucket"),
    "another cluster's": (asks_for_another, f"other/{ID}/{NAME} is of another cluster"),
}


@pytest.mark.parametrize(("lacks", "words"), UNABLE.values(), ids=UNABLE)
def test_a_running_control_plane_that_could_not_restore_serves_on_and_says_why(
    cluster: Cluster, control_plane: Any, lacks: Any, words: str
):
    machine = control_plane()
    machine.run()
    restore(cluster)
    lacks(machine, cluster)

    process = machine.start("stand_down.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    said = cluster.status(machine) or ""
    assert said.startswith("joined, and leaves etcd by itself; a restore failed, and nothing is ")
    assert words in said
    assert has_joined(machine)
    assert "stop kubelet" not in systemctl(machine)


def test_it_stands_down_once_the_snapshot_is_there(
    cluster: Cluster, control_plane: Any, bucket: Any, database: bytes
):
    machine = control_plane()
    machine.run()
    restore(cluster, ABSENT)
    process = machine.start("stand_down.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")

    bucket(gzip.compress(database), ABSENT)

    wait_until(lambda: not has_joined(machine), "the machine to stand down")
    machine.crash(process)


def test_a_machine_that_starts_stands_down_although_the_snapshot_is_gone_by_then(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    machine.run()
    restore(cluster, ABSENT)

    machine.run("stand_down.py", "once")

    assert not has_joined(machine)


def breaks_etcdutl(machine: Machine, _: Cluster) -> None:
    program = machine.root / "opt/etcd/etcdutl"
    real = program.readlink()
    program.unlink()
    program.write_text(
        f'#!/bin/sh\n[ "$2" = status ] && exec {real} "$@"\necho "Error: no space left on device"\nexit 1\n'
    )
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (lacks_program, "/opt/etcd/etcdutl is not on this machine"),
        (breaks_etcdutl, "etcdutl snapshot: Error: no space left on device (exit 1)"),
    ],
    ids=["no program", "no room"],
)
def test_a_restore_that_cannot_build_etcds_data_clears_nothing(
    cluster: Cluster, control_plane: Any, breaks: Any, words: str
):
    machine = control_plane()
    machine.run()
    old = machine.root / "var/lib/etcd/member/old"
    old.parent.mkdir(parents=True)
    old.touch()
    restore(cluster)
    breaks(machine, cluster)
    machine.run("stand_down.py", "once")

    ended = machine.run()

    assert ended.returncode == 1
    assert words in (cluster.status(machine) or "")
    assert machine.verbs() == ["init"]
    assert old.exists()


def withdraw(cluster: Cluster) -> None:
    """Take the request for a restore back, as an operator might try."""
    cluster.ssm.delete_parameter(Name=f"/dualstack/{cluster.name}/leader/{ID}-restore")


def test_a_restored_control_plane_whose_marker_is_gone_stays(cluster: Cluster, control_plane: Any):
    machine = control_plane()
    restore(cluster)
    machine.run()
    withdraw(cluster)

    ended = machine.run("stand_down.py", "once")

    assert (ended.returncode, has_joined(machine)) == (0, True), ended.stdout


@pytest.mark.parametrize("takes_back", [withdraw, restore], ids=["withdrawn", "the one before"])
def test_who_stood_down_for_what_is_asked_for_no_more_keeps_its_data_and_waits_for_another_restore(
    cluster: Cluster, control_plane: Any, takes_back: Any
):
    machine = control_plane()
    restore(cluster)
    machine.run()
    restore(cluster, at=AGAIN)
    machine.run("stand_down.py", "once")
    takes_back(cluster)

    ended = machine.run()
    said, verbs = cluster.status(machine) or "", machine.verbs()
    kept = (machine.root / "var/lib/etcd/member/snap/db").exists()
    restore(cluster, at="20261129T140000Z")
    again = machine.run()

    assert ended.returncode == 1
    assert f"stood down for a restore of {cluster.name}/{ID}/{NAME}, which is not asked for" in said
    assert (verbs, kept) == (["init"], True)
    assert again.returncode == 0, again.stdout
    assert has_joined(machine)
    assert cluster.marker("-20261129T140000Z-done") == machine.instance


def test_who_joined_and_stood_down_for_what_is_asked_for_no_more_clears_nothing(
    cluster: Cluster, control_plane: Any
):
    first, second = control_plane(), control_plane()
    first.run()
    cluster.api_up.set()
    second.run()
    restore(cluster)
    second.run("stand_down.py", "once")
    withdraw(cluster)

    ended = second.run()

    assert ended.returncode == 1
    assert "it waits for another one: `python -m dualstack restore`" in ended.stdout
    assert second.verbs() == ["join"]


def test_standing_down_that_was_cut_off_ends_although_the_marker_is_gone(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    machine.run()
    restore(cluster)
    machine.arrange("systemctl stop", {}, {"exit": 1})
    machine.run("stand_down.py", "once")
    begun = has_joined(machine)
    withdraw(cluster)

    machine.run("stand_down.py", "once")

    assert (begun, has_joined(machine)) == (True, False)


def test_a_machine_that_lives_after_the_restore_stays(cluster: Cluster, control_plane: Any):
    machine = control_plane()
    restore(cluster)
    machine.run()

    machine.run("stand_down.py", "once")
    stays = has_joined(machine)
    restore(cluster, at=AGAIN)
    machine.run("stand_down.py", "once")

    assert (stays, has_joined(machine)) == (True, False)


def test_of_two_that_stood_down_one_restores_and_one_joins_with_empty_data(
    cluster: Cluster, control_plane: Any
):
    first, second = control_plane(), control_plane()
    first.run()
    cluster.api_up.set()
    second.run()
    restore(cluster)
    for machine in (first, second):
        machine.run("stand_down.py", "once")

    running = [first.start(), second.start()]
    ended = [first.end_of(running[0]), second.end_of(running[1])]

    assert [each.returncode for each in ended] == [0, 0], ended
    # The first words are of the cluster's beginning.
    assert sorted([*first.verbs()[1:], *second.verbs()[1:]]) == ["init", "join", "reset", "reset"]
    leader = cluster.marker(f"-{RESTORE}")
    assert cluster.marker(f"-{RESTORE}-done") == leader
    [joined] = [machine for machine in (first, second) if machine.instance != leader]
    assert joined.verbs()[-1] == "join"
    assert not (joined.root / "var/lib/etcd/member").exists()


def test_nothing_is_restored_while_another_machine_may_serve_what_was_before(
    cluster: Cluster, control_plane: Any
):
    machine, other = control_plane(), control_plane()
    other.run()
    restore(cluster)

    ended = machine.run_out_of_patience()

    assert ended.returncode == 1
    assert machine.verbs() == []
    assert f"{other.instance} may still serve what was before" in (cluster.status(machine) or "")

    cluster.terminate(other)
    assert machine.run().returncode == 0


def test_the_nodes_of_machines_that_are_gone_go_and_those_of_others_are_not_ready_until_they_join(
    cluster: Cluster, control_plane: Any, api: Kubernetes
):
    machine, gone, other = control_plane(), control_plane(), control_plane()
    cluster.terminate(gone)
    api.nodes["i-0123456789abcdef0"] = node("i-0123456789abcdef0")
    api.pods += [pod("coredns-1", gone.instance), pod("coredns-2", other.instance)]
    restore(cluster)
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-{RESTORE}-{other.instance}", RESTORE)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert sorted(api.did) == sorted(
        [
            f"deletes {gone.instance}",
            "deletes default/coredns-1",
            f"says that {other.instance} is Ready: Unknown",
        ]
    )


def test_a_copy_keeps_no_node_of_the_first_cluster(
    cluster: Cluster, control_plane: Any, api: Kubernetes
):
    machine = control_plane()
    api.nodes["i-0123456789abcdef0"] = node("i-0123456789abcdef0")
    restore(cluster, copy=True)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert list(api.nodes) == [machine.instance]


@pytest.fixture(scope="module")
def bucket_module() -> Iterator[ModuleType]:
    """bucket.py"""
    yield from _program("bucket")


class Download(io.BytesIO):
    """An answer of S3 about an object of eight bytes."""

    headers: ClassVar = {"content-length": "8"}


def test_a_download_that_breaks_off_is_made_again(
    bucket_module: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    answers = iter([Download(b"half"), Download(b"complete")])
    found = bucket_module.Bucket({"region": "eu-west-1", "endpoints": ["amazonaws.com"]}, "backups")
    monkeypatch.setattr(found, "_sent", lambda *_: next(answers))
    file = io.BytesIO()

    found.get("snapshot", file)

    assert file.getvalue() == b"complete"


@pytest.fixture(scope="module")
def restore_module() -> Iterator[ModuleType]:
    """restore.py"""
    yield from _program("restore")


DISK = {
    "full": (errno.ENOSPC, "No space left on device"),
    "over its quota": (errno.EDQUOT, "Disk quota exceeded"),
    "broken": (errno.EIO, "Input/output error"),
}


@pytest.mark.parametrize(("code", "words"), DISK.values(), ids=DISK)
def test_a_disk_that_does_not_take_a_snapshot_is_named_after_one_download(
    restore_module: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: int,
    words: str,
):
    downloads: list[Download] = []

    class Disk(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(code, words)

    class Full(restore_module.Bucket):
        def _sent(self, *_: object) -> Download:
            downloads.append(Download(b"complete"))
            return downloads[-1]

        def get(self, key: str, file: object) -> None:
            super().get(key, Disk())

    class Ssm:
        def require(self, *names: str) -> list[str]:
            return [f"sha256:{ID}" if name.endswith("ca-hash") else "backups" for name in names]

    monkeypatch.setattr(restore_module, "path", lambda file: tmp_path / file.lstrip("/"))
    monkeypatch.setattr(restore_module, "Bucket", Full)
    document = tmp_path / "etc/dualstack/kubeadm/init.yaml"
    document.parent.mkdir(parents=True)
    document.write_text("kubernetesVersion: v1.37.2\n")
    settings = {
        "region": "eu-west-1",
        "endpoints": ["amazonaws.com"],
        "parameters": {"join": "/dualstack/prod/join", "keys": "/dualstack/prod/control-plane"},
    }

    with pytest.raises(restore_module.Failure) as failed:
        restore_module.fetch(settings, Ssm(), {"key": f"prod/{ID}/{NAME}"})

    assert str(failed.value) == (
        f"/var/lib/dualstack/restore does not take prod/{ID}/{NAME}: {words}; make room on its disk, or replace the machine"
    )
    assert len(downloads) == 1


def broken(database: bytes) -> dict[str, bytes]:
    half = database[: len(database) // 2]
    return {
        "one byte differs": gzip.compress(half + b"x" + database[len(half) + 1 :]),
        "cut short": gzip.compress(half),
        "no digest": gzip.compress(database[:-32]),
        "a file that is cut": gzip.compress(database)[:-100],
        "no compressed file": b"snapshot",
        "empty": gzip.compress(b""),
    }


BROKEN = ("one byte differs", "cut short", "no digest", "a file that is cut", "empty")


@pytest.mark.parametrize("kind", [*BROKEN, "no compressed file"])
def test_a_broken_snapshot_is_refused_before_anything_is_cleared(
    cluster: Cluster, control_plane: Any, bucket: Any, database: bytes, kind: str
):
    machine = control_plane()
    machine.run()
    bucket(broken(database)[kind])
    restore(cluster)
    machine.run("stand_down.py", "once")

    ended = machine.run()

    assert ended.returncode == 1
    assert f"{cluster.name}/{ID}/{NAME} is broken: " in (cluster.status(machine) or "")
    assert machine.verbs() == ["init"]


UNREADABLE = {
    "a newer minor": (
        "20261129T110000Z-1.38.0-3.7.0.db.gz",
        "is of a newer minor than this machine, whose is 1.37; restore an older one",
    ),
    "two minors older": (
        "20261129T110000Z-1.35.8-3.6.6.db.gz",
        "is too old for this machine, whose minor is 1.37: it reads what the minor before has written and nothing older; "
        "make control planes of 1.36 or 1.35",
    ),
    "no snapshot": ("notes.txt", "is not the key of a snapshot; restore another one"),
}


@pytest.mark.parametrize(("name", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_the_api_server_would_not_read_is_refused_before_anything_is_cleared(
    cluster: Cluster, control_plane: Any, name: str, words: str
):
    machine = control_plane()
    machine.run()
    restore(cluster, name)
    machine.run("stand_down.py", "once")

    ended = machine.run()

    assert ended.returncode == 1
    assert f"{cluster.name}/{ID}/{name} {words}" in (cluster.status(machine) or "")
    assert machine.verbs() == ["init"]


def test_a_snapshot_of_the_minor_before_is_restored(
    cluster: Cluster, control_plane: Any, bucket: Any, database: bytes
):
    name = "20261129T110000Z-1.36.5-3.6.8.db.gz"
    bucket(gzip.compress(database), name)
    machine = control_plane()
    restore(cluster, name)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout


def test_a_snapshot_of_another_cluster_is_refused_whoever_asks_for_it(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    wanted = {"id": RESTORE, "key": f"other/{ID}/{NAME}"}
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-restore", json.dumps(wanted))

    ended = machine.run()

    assert ended.returncode == 1
    assert f"other/{ID}/{NAME} is of another cluster" in (cluster.status(machine) or "")


def test_a_snapshot_that_is_not_there_is_named(cluster: Cluster, control_plane: Any):
    machine = control_plane()
    restore(cluster, "20261129T100000Z-1.37.2-3.7.0.db.gz")

    ended = machine.run()

    assert ended.returncode == 1
    assert "cannot fetch" in (cluster.status(machine) or "")
    assert "NoSuchKey" in (cluster.status(machine) or "")


def cut_off(machine: Machine) -> None:
    """Have a machine fail between the data of its etcd and `kubeadm init`, and lose a part of the data."""
    in_the_way = machine.root / "run/dualstack/init.yaml.partial"
    in_the_way.mkdir(parents=True)
    ended = machine.run()
    in_the_way.rmdir()
    assert (ended.returncode, machine.verbs()) == (1, [])
    (machine.root / "var/lib/etcd/member/snap/db").unlink()


def test_a_restore_that_is_cut_off_once_the_data_are_there_is_done_again(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    restore(cluster)
    cut_off(machine)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["reset", "init"]
    with running_etcd(
        machine.root / "var/lib/etcd", machine.instance, "https://127.0.0.1:2380"
    ) as url:
        [found] = ask(url, "kv/range", key="a")
    assert base64.b64decode(found["kvs"][0]["value"]) == b"there"


def test_a_machine_whose_restore_was_cut_off_joins_another_without_its_data(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    restore(cluster)
    cut_off(machine)
    restore(cluster, at=AGAIN)
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-{AGAIN}-done", "i-0123456789abcdef0")
    cluster.api_up.set()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["reset", "join"]
    assert not (machine.root / "var/lib/etcd/member").exists()


def test_another_restore_takes_the_place_of_one_that_fails(
    cluster: Cluster, control_plane: Any, bucket: Any
):
    bucket(b"broken", "20261129T113000Z-1.37.2-3.7.0.db.gz")
    machine = control_plane()
    restore(cluster, "20261129T113000Z-1.37.2-3.7.0.db.gz")
    assert machine.run().returncode == 1

    restore(cluster, at=AGAIN)
    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert cluster.marker(f"-{AGAIN}-done") == machine.instance


def test_a_machine_that_waits_for_an_api_that_is_gone_takes_part_once_a_restore_is_asked_for(
    cluster: Cluster, control_plane: Any
):
    gone = control_plane()
    gone.run()
    cluster.terminate(gone)
    machine = control_plane()
    process = machine.start()
    machine.wait_until_it_says("waiting for https://localhost")

    restore(cluster)
    machine.end_of(process)
    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["init"]
    assert cluster.marker(f"-{RESTORE}-done") == machine.instance


def test_a_restore_whose_api_came_up_before_the_machine_lost_power_is_not_done_twice(
    cluster: Cluster, control_plane: Any
):
    machine = control_plane()
    admin = (machine.root / "etc/kubernetes/admin.conf").read_text()
    manifest = "etc/kubernetes/manifests/kube-apiserver.yaml"
    machine.arrange(
        "kubeadm init", {"exit": 1, "write": {manifest: "", "etc/kubernetes/admin.conf": admin}}
    )
    restore(cluster)
    machine.run()
    mark = machine.root / "var/lib/etcd/member/since"
    mark.touch()
    cluster.api_up.set()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["init", "init"]
    assert mark.exists()
    assert machine.calls()[1]["arguments"][3:] == [
        "--skip-token-print",
        "--ignore-preflight-errors=all",
    ]


def test_a_machine_that_joins_after_a_restore_joins(cluster: Cluster, control_plane: Any):
    first, second = control_plane(), control_plane()
    cluster.put(f"/dualstack/{cluster.name}/leader/{ID}-{RESTORE}-{second.instance}", RESTORE)
    restore(cluster)
    first.run()
    cluster.api_up.set()

    ended = second.run()

    assert ended.returncode == 0, ended.stdout
    assert second.verbs() == ["join"]


def test_the_digest_at_the_end_of_a_snapshot_is_that_of_what_is_before_it(database: bytes):
    assert hashlib.sha256(database[:-32]).digest() == database[-32:]


def test_every_unit_that_stands_down_is_there(cluster: Cluster):
    machine = cluster.control_plane()
    program = machine.root / "usr/local/lib/dualstack/stand_down.py"
    units = re.findall(r"dualstack-[a-z]+\.(?:timer|service)", program.read_text())

    there = {file.name for file in (machine.root / "etc/systemd/system").iterdir()}

    # systemd refuses to stop a unit that it does not know.
    assert set(units) <= there
