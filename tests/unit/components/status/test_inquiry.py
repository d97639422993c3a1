"""What `python -m dualstack status` says of a cluster, asked of moto with real clients of AWS."""

import gzip
import hashlib
import http.server
import json
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from components.status import inquiry
from components.status.inquiry import main

REGION = "eu-west-1"
DIGEST = "a" * 64


def plan(version: str, **settings: object) -> str:
    files = {"/etc/dualstack/node.json": ["0644", json.dumps(settings)]}
    document = {"version": version, "files": files}
    text = b64encode(gzip.compress(json.dumps(document).encode(), mtime=0)).decode()
    return f"{hashlib.sha256(text.encode()).hexdigest()} {len(text)} {text}"


class Cluster:
    """A cluster called prod, in an account of its own."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2", REGION)
        self.ssm = boto3.client("ssm", REGION)

    def put(self, path: str, value: str) -> None:
        self.ssm.put_parameter(
            Name=f"/dualstack/prod/{path}", Value=value, Type="String", Overwrite=True
        )

    def machine(self, name: str, says: str | None = None, group: str | None = None) -> str:
        tags = {"Name": name, "kubernetes.io/cluster/prod": "owned"}
        if group:
            tags["aws:autoscaling:groupName"] = group
        [made] = self.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        )["Instances"]
        if says:
            self.put(f"status/{made['InstanceId']}", says)
        return made["InstanceId"]


@pytest.fixture
def cluster(monkeypatch):
    """The cluster, in an account that is there for one test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws():
        yield Cluster()


def status(capsys, *words: str) -> tuple[int, str]:
    """The exit code and what was said."""
    code = main(["prod", "--region", REGION, *words])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_cluster_that_is_as_planned_waits_for_nothing(cluster, capsys):
    keys = ["dualstack-2", "dualstack-1"]
    text = plan("1.37.2", encryption={"enabled": True, "keys": keys})
    cluster.put("control-plane/plan/1", text)
    cluster.put("join/reached", f"{text.partition(' ')[0]} 1.37.2")
    plane = cluster.machine("prod-control-plane-0", "joined")
    worker = cluster.machine("prod-web", "joined", group="prod-web")

    code, said = status(capsys)

    digest = text[:12]
    assert code == 0
    assert said.splitlines()[:5] == [
        "cluster    prod",
        f"reached    1.37.2 ({digest})",
        f"plan       1.37.2 ({digest})",
        "backup     there are none: backups.enabled is false",
        "secrets    encrypted by dualstack-2",
    ]
    assert [line.split()[:4] for line in said.splitlines()[8:10]] == [
        ["prod-control-plane-0", plane, "running", "1.37.2"],
        ["prod-web", worker, "running", "-"],
    ]
    assert said.splitlines()[-1] == "waits for  nothing"


def test_an_upgrade_that_runs_is_told_with_each_machines_words(cluster, capsys):
    off = {"enabled": False, "keys": ["dualstack-1"]}
    cluster.put("control-plane/plan/1", plan("1.37.2", encryption=off))
    cluster.put("join/reached", f"{DIGEST} 1.36.5")
    first = cluster.machine("prod-control-plane-0", "joined; upgrade to 1.37.2: pulls images")
    second = cluster.machine("prod-control-plane-1", "joined; upgrade to 1.37.2 failed: no disk")
    cluster.machine("prod-control-plane-2", "joined")

    code, said = status(capsys)

    assert code == 1
    assert said.splitlines()[1] == "reached    1.36.5 (aaaaaaaaaaaa)"
    assert said.splitlines()[4] == "secrets    not encrypted, once the plan is reached"
    assert said.splitlines()[-4:] == [
        f"waits for  prod-control-plane-0 ({first}): joined; upgrade to 1.37.2: pulls images",
        f"waits for  prod-control-plane-1 ({second}): joined; upgrade to 1.37.2 failed: no disk",
        "waits for  all control planes have reached the plan",
        f"last failure  prod-control-plane-1 ({second}): joined; upgrade to 1.37.2 failed: no disk",
    ]


def test_a_program_reads_the_same_as_json(cluster, capsys):
    cluster.put("control-plane/plan/1", plan("1.37.2"))
    cluster.put("join/reached", f"{DIGEST} 1.36.5")
    silent = cluster.machine("prod-web", group="prod-web")

    code, said = status(capsys, "--json")

    document = json.loads(said)
    assert code == 1
    assert document == {
        "cluster": "prod",
        "reached": {"version": "1.36.5", "digest": DIGEST},
        "plan": {"version": "1.37.2", "digest": plan("1.37.2").partition(" ")[0]},
        "secrets": None,
        "waitsFor": [
            f"prod-web ({silent}): has said nothing yet",
            "all control planes have reached the plan",
        ],
        "lastFailure": None,
        "awsNotAsked": None,
        "apiNotAsked": "name a kubeconfig with --kubeconfig",
        "etcd": None,
        "backup": None,
        "backupLate": False,
        "backupFault": None,
        "ends": [],
        "machines": [
            {
                "name": "prod-web",
                "id": silent,
                "controlPlane": False,
                "state": "running",
                "says": "has said nothing yet",
                "since": None,
                "node": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [("abc", "nothing yet"), (plan("1.99.0"), f"1.99.0 ({plan('1.99.0')[:12]})")],
    ids=["damaged", "of a newer program"],
)
def test_a_plan_that_cannot_be_known_here_takes_nothing_from_the_rest(cluster, capsys, text, shown):
    cluster.put("control-plane/plan/1", text)
    cluster.put("join/reached", f"{DIGEST} 1.36.5")

    code, said = status(capsys)

    assert code == 1
    assert said.splitlines()[1:3] == [
        "reached    1.36.5 (aaaaaaaaaaaa)",
        f"plan       {shown}",
    ]


def test_an_api_that_cannot_be_asked_takes_nothing_from_what_aws_says(cluster, capsys):
    cluster.machine("prod-control-plane-0", "joined")

    code, said = status(capsys, "--kubeconfig", "/nowhere/kubeconfig")

    assert code == 0
    assert "API        not asked, which knows the kubelets: " in said
    assert "/nowhere/kubeconfig" in said


@pytest.fixture
def kubeconfig(tmp_path):
    """A kubeconfig for an API that has these nodes."""
    nodes: list[dict] = []

    class Api(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = json.dumps({"kind": "NodeList", "metadata": {}, "items": nodes}).encode()
            self.send_response(200 if self.path.startswith("/api/v1/nodes") else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object, **__: object):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def write(*found: dict) -> str:
        nodes.extend(found)
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [
                {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
            ],
            "users": [{"name": "u", "user": {"token": "token"}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(document))
        return str(path)

    yield write
    server.shutdown()
    server.server_close()


def node(name: str, version: str, ready: str = "True", **annotations: str) -> dict:
    return {
        "metadata": {"name": name, "annotations": annotations},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "nodeInfo": {"kubeletVersion": version},
        },
    }


def test_the_api_adds_versions_and_what_is_not_ready(cluster, kubeconfig, capsys):
    plane = cluster.machine("prod-control-plane-0", "joined")
    worker = cluster.machine("prod-web", "joined", group="prod-web")
    file = kubeconfig(
        node(plane, "v1.37.2", **{"dualstack/plan": DIGEST}), node(worker, "v1.36.5", "Unknown")
    )

    code, said = status(capsys, "--kubeconfig", file)
    _, document = status(capsys, "--kubeconfig", file, "--json")

    assert code == 1
    assert "not asked" not in said
    lines = said.splitlines()
    assert lines[7].split()[:4] == ["prod-control-plane-0", plane, "running", "1.37.2"]
    assert "1.36.5, not Ready" in lines[8]
    assert lines[-1] == f"waits for  prod-web ({worker}): its node is not Ready"
    assert json.loads(document)["machines"][0]["node"] == {
        "version": "1.37.2",
        "ready": True,
        "plan": DIGEST,
        "kubeletPlan": None,
    }


def test_nodes_are_shown_where_aws_cannot_be_asked(kubeconfig, capsys, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    plane = node("i-0a", "v1.37.2")
    plane["metadata"]["labels"] = {"node-role.kubernetes.io/control-plane": ""}
    file = kubeconfig(plane, node("i-0b", "v1.36.5", "Unknown"))

    code = main(["prod", "--kubeconfig", file])

    said = capsys.readouterr().out
    assert code == 2
    assert said.splitlines()[:2] == [
        "cluster    prod",
        "AWS        not asked, so only nodes are known: no region is set; name it with --region, or in AWS_REGION",
    ]
    rows = [line.split() for line in said.splitlines() if "i-0" in line]
    assert rows == [
        ["control", "plane", "i-0a", "-", "1.37.2", "-", "-"],
        ["worker", "i-0b", "-", "1.36.5,", "not", "Ready", "-", "-"],
        ["waits", "for", "worker", "(i-0b):", "its", "node", "is", "not", "Ready"],
    ]


def test_each_control_plane_says_when_its_certificates_end(cluster, kubeconfig, capsys):
    plane = cluster.machine("prod-control-plane-0", "joined")
    label, end = {"node-role.kubernetes.io/control-plane": ""}, "dualstack/certificates-end"
    found = {
        name: node(name, "v1.37.2", **{end: until})
        for name, until in {
            plane: "2020-02-29T01:02:03Z",
            "i-0b": "2099-12-31T00:00:00Z",
            "i-0c": "next year",
            "i-0d": "2020-02-29T01:02:03Z",
        }.items()
    }
    for name in (plane, "i-0b", "i-0c"):
        found[name]["metadata"]["labels"] = label
    file = kubeconfig(*found.values())

    _, said = status(capsys, "--kubeconfig", file)

    rows = [line for line in said.splitlines() if line.startswith("certificates of i-")]
    assert [row.split()[2] for row in rows] == [plane, "i-0b"]
    assert "  LATE: 2020-02-29 01:02, " in rows[0]
    assert "  2099-12-31 00:00, in " in rows[1]
    assert {row.rpartition("  ")[2] for row in rows} == {"its control plane, when 90 days are left"}


def test_where_neither_aws_nor_the_api_can_be_asked_both_reasons_are_said(cluster, capsys):
    code = main(["prod", "--kubeconfig", "/nowhere/kubeconfig"])

    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("error: prod cannot be asked for: no region is set; ")
    assert "; the API: " in said


def test_a_control_plane_that_is_stopped_is_waited_for_and_a_worker_is_not(cluster, capsys):
    plane = cluster.machine("prod-control-plane-0", "joined")
    worker = cluster.machine("prod-web", "joined", group="prod-web")
    cluster.ec2.stop_instances(InstanceIds=[plane, worker])

    code, said = status(capsys)

    assert code == 1
    assert said.splitlines()[-1] == (
        f"waits for  prod-control-plane-0 ({plane}): it is stopped, and a plan waits for each control plane; start it, or terminate it"
    )
    assert f"({worker})" not in said


def test_control_planes_with_docker_are_not_waited_for_because_they_follow_no_plan(cluster, capsys):
    cluster.put("control-plane/plan/1", plan("1.23.17", runtime="docker"))
    cluster.machine("prod-control-plane-0", "joined")

    code, said = status(capsys)

    assert code == 0
    assert said.splitlines()[1] == "reached    control planes with Docker follow no plan"
    assert said.splitlines()[-1] == "waits for  nothing"


def test_a_cluster_that_is_not_there_is_an_error_with_what_to_look_at(cluster, capsys):
    code, said = status(capsys)

    assert (code, said) == (
        2,
        "error: no machine of a cluster prod exists in this account and region; is its name cluster.name, and the region right?\n",
    )


def test_a_region_must_be_known(cluster, capsys):
    code = main(["prod"])

    assert (code, capsys.readouterr().err) == (
        2,
        "error: prod cannot be asked for: no region is set; name it with --region, or in AWS_REGION\n",
    )


def test_machines_of_other_clusters_and_those_that_have_ended_are_not_shown(cluster, capsys):
    gone = cluster.machine("prod-control-plane-0", "joined")
    cluster.ec2.terminate_instances(InstanceIds=[gone])
    cluster.machine("prod-control-plane-1", "joined")

    _, said = status(capsys)

    assert gone not in said


def kept(cluster: Cluster, hours: float) -> str:
    """A cluster whose last snapshot is so many hours old; the snapshot's key."""
    time = datetime.now(UTC) - timedelta(hours=hours)
    key = f"prod/0123456789abcdef/{time:%Y%m%dT%H%M%SZ}-1.37.2-3.7.0.db.gz"
    cluster.put("control-plane/backups", "prod-backups")
    cluster.put("status/backup", json.dumps({"time": "", "key": key, "bytes": 1234}))
    cluster.machine("prod-control-plane-0", "joined, and leaves etcd by itself")
    return key


def test_the_last_backup_is_shown_with_its_age_and_size(cluster, capsys):
    key = kept(cluster, 0.5)

    code, said = status(capsys)

    assert code == 0
    assert said.splitlines()[3] == f"backup     30 min old, 1,234 bytes: {key}"


@pytest.mark.parametrize(("hours", "late"), [(2.4, False), (2.6, True)])
def test_a_backup_is_late_when_two_more_should_have_followed(cluster, capsys, hours, late):
    kept(cluster, hours)

    _, said = status(capsys)
    _, document = status(capsys, "--json")

    assert said.splitlines()[3].startswith("backup     LATE: ") == late
    assert json.loads(document)["backup"]["late"] == late


WHY = "`journalctl --unit dualstack-backup` on the control planes says why"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(2.4, "none has been kept yet"), (2.6, f"LATE: none has been kept yet; {WHY}")],
)
def test_a_cluster_that_has_never_kept_a_backup_is_late_when_its_bucket_is_old_enough(
    cluster, capsys, monkeypatch, hours, words
):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=hours)

    cluster.put("control-plane/backups", "prod-backups")
    cluster.machine("prod-control-plane-0", "joined, and leaves etcd by itself")
    monkeypatch.setattr(inquiry, "datetime", Later)

    _, said = status(capsys)
    _, document = status(capsys, "--json")

    assert said.splitlines()[3] == f"backup     {words}"
    assert json.loads(document)["backupLate"] == words.startswith("LATE: ")


def test_why_a_backup_failed_is_said_with_the_last_one(cluster, capsys):
    key = kept(cluster, 2.6)
    fault = "2026-11-29 12:00 UTC, i-0123456789abcdef0: AWS refused: NoSuchBucket"
    cluster.put("status/backup-fault", fault)

    _, said = status(capsys)
    _, document = status(capsys, "--json")

    assert said.splitlines()[3] == (
        f"backup     LATE: 2 h old, 1,234 bytes: {key}; the last attempt failed: {fault}"
    )
    assert json.loads(document)["backupFault"] == fault


def test_an_etcd_that_was_at_its_quota_is_said(cluster, capsys):
    cluster.put("status/etcd", "etcd was at its quota and took no writes")
    cluster.machine("prod-control-plane-0", "joined, and leaves etcd by itself")

    _, said = status(capsys)

    assert said.splitlines()[5] == "etcd       etcd was at its quota and took no writes"
