"""What `python -m dualstack restore` asks control planes for, and what it refuses; asked of moto with real clients of AWS."""

import gzip
import hashlib
import json

import boto3
import pytest
from moto import mock_aws

from components.restore import main
from tests.unit.components.status.test_inquiry import plan

REGION = "eu-west-1"
AUTHORITY = "0123456789abcdef"
BUCKET = "prod-backups"
FOLDER = f"prod/{AUTHORITY}"
OLD = f"{FOLDER}/20261129T100000Z-1.36.5-3.6.8.db.gz"
NEW = f"{FOLDER}/20261129T110000Z-1.37.2-3.7.0.db.gz"
MARKER = f"/dualstack/prod/leader/{AUTHORITY}-restore"
DATABASE = b"database" * 100
WHOLE = gzip.compress(DATABASE + hashlib.sha256(DATABASE).digest())


class Cluster:
    """A cluster called prod with two snapshots, in an account of its own."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", REGION)
        self.ssm = boto3.client("ssm", REGION)
        self.put("join/ca-hash", f"sha256:{AUTHORITY * 4}")
        self.put("control-plane/backups", BUCKET)
        self.put("control-plane/plan/1", plan("1.37.2"))
        self.bucket(BUCKET)
        for key in (OLD, NEW):
            self.keep(key)

    def bucket(self, name: str) -> None:
        place = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def keep(self, key: str, content: bytes = WHOLE, bucket: str = BUCKET) -> str:
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)
        return key

    def put(self, path: str, value: str) -> None:
        self.ssm.put_parameter(
            Name=f"/dualstack/prod/{path}", Value=value, Type="String", Overwrite=True
        )

    def asked(self) -> dict[str, object] | None:
        """What control planes are asked for."""
        found = self.ssm.get_parameters(Names=[MARKER])["Parameters"]
        return json.loads(found[0]["Value"]) if found else None


@pytest.fixture
def cluster(monkeypatch):
    """The cluster, in an account that is there for one test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Cluster()


@pytest.fixture
def restore(capsys, monkeypatch):
    """Runs the command; its exit code and what was said. `typed` is what a person types."""

    def run(*words: str, typed: str | None = None) -> tuple[int, str]:
        monkeypatch.setattr("builtins.input", lambda _: typed)
        code = main(["prod", "--region", REGION, *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_the_newest_snapshot_is_asked_for_by_default(cluster, restore):
    code, said = restore("--yes")

    asked = cluster.asked()
    assert code == 0, said
    assert (asked["key"], asked["copy"]) == (NEW, False)
    assert f"prod goes back to {NEW}" in said


def test_a_snapshot_is_asked_for_by_its_key(cluster, restore):
    code, _ = restore("--snapshot", OLD, "--yes")

    assert (code, cluster.asked()["key"]) == (0, OLD)


def test_the_list_has_the_newest_first_and_asks_for_nothing(cluster, restore):
    cluster.keep(f"{FOLDER}/copies/20261129T120000Z-1.37.2-3.7.0.db.gz")
    cluster.keep("prod/fedcba9876543210/20261129T120000Z-1.37.2-3.7.0.db.gz")

    code, said = restore("--list")

    assert code == 0
    assert [line.split()[-1] for line in said.splitlines()] == [NEW, OLD]
    assert "Kubernetes 1.36.5  etcd 3.6.8" in said
    assert cluster.asked() is None


@pytest.mark.parametrize(("typed", "code"), [("prod", 0), ("yes", 1), ("", 1)])
def test_without_yes_the_clusters_name_is_asked_for(cluster, restore, typed, code):
    ended, _ = restore(typed=typed)

    assert ended == code
    assert (cluster.asked() is not None) == (code == 0)


@pytest.mark.parametrize("gone", [EOFError, KeyboardInterrupt])
def test_where_nobody_types_nothing_is_asked_for(cluster, capsys, monkeypatch, gone):
    def nobody(_):
        raise gone

    monkeypatch.setattr("builtins.input", nobody)

    code = main(["prod", "--region", REGION])

    assert code == 1
    assert capsys.readouterr().err == (
        "error: nobody has typed prod; nothing was changed. --yes goes on without\n"
    )
    assert cluster.asked() is None


BROKEN = {
    "one byte differs": gzip.compress(b"x" + DATABASE[1:] + hashlib.sha256(DATABASE).digest()),
    "cut short": gzip.compress(DATABASE[:300]),
    "a file that is cut": WHOLE[:-20],
    "no compressed file": b"snapshot",
    "empty": gzip.compress(b""),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_snapshot_is_refused(cluster, restore, content):
    cluster.keep(NEW, content)

    code, said = restore("--yes")

    assert code == 1
    assert f"{NEW} is broken: " in said
    assert cluster.asked() is None


REFUSED = {
    "of another cluster": (
        "dev/fedcba9876543210/20261129T110000Z-1.37.2-3.7.0.db.gz",
        f"of another cluster: this one's snapshots are in {FOLDER}/",
    ),
    "of an earlier cluster of this name": (
        "prod/fedcba9876543210/20261129T110000Z-1.37.2-3.7.0.db.gz",
        f"of another cluster: this one's snapshots are in {FOLDER}/",
    ),
    "of a newer minor": (
        f"{FOLDER}/20261129T110000Z-1.38.0-3.7.0.db.gz",
        "of Kubernetes 1.38.0, and the control planes are of 1.37.2",
    ),
    "of a minor that is too old": (
        f"{FOLDER}/20261129T110000Z-1.35.8-3.6.6.db.gz",
        "make control planes of 1.36 or 1.35",
    ),
    "of a newer etcd": (
        f"{FOLDER}/20261129T110000Z-1.37.2-3.8.0.db.gz",
        "of etcd 3.8.0, and etcd 3.7.0-0 opens nothing newer",
    ),
    "of something else": (f"{FOLDER}/notes.txt", "is not the key of a snapshot"),
    "of a month that no year has": (
        f"{FOLDER}/20261399T110000Z-1.37.2-3.7.0.db.gz",
        "is not the key of a snapshot",
    ),
}


@pytest.mark.parametrize(("key", "words"), REFUSED.values(), ids=REFUSED)
def test_what_control_planes_cannot_have_is_refused(cluster, restore, key, words):
    cluster.keep(key)

    code, said = restore("--snapshot", key, "--yes")

    assert code == 1
    assert words in said
    assert cluster.asked() is None


def test_control_planes_of_a_minor_before_are_not_given_what_a_newer_one_has_written(
    cluster, restore
):
    cluster.put("control-plane/plan/1", plan("1.36.5"))

    code, said = restore("--yes")
    older, _ = restore("--snapshot", OLD, "--yes")

    assert (code, older) == (1, 0)
    assert "bring the stack to 1.37, or restore an older snapshot" in said


def test_a_copy_of_another_cluster_goes_through_the_clusters_own_bucket(cluster, restore):
    cluster.bucket("dev-backups")
    key = "dev/fedcba9876543210/20261129T090000Z-1.37.2-3.7.0.db.gz"
    cluster.keep(key, bucket="dev-backups")

    code, said = restore("--copy-of", f"s3://dev-backups/{key}", "--yes")

    own = f"{FOLDER}/copies/20261129T090000Z-1.37.2-3.7.0.db.gz"
    assert code == 0, said
    assert (cluster.asked()["key"], cluster.asked()["copy"]) == (own, True)
    assert cluster.s3.get_object(Bucket=BUCKET, Key=own)["Body"].read() == WHOLE
    assert f"prod becomes a copy of {key}, which is " in said
    assert "unless prod was made with the key that encrypts the first cluster's Secrets" in said
    assert "Workers of prod that run now are no nodes of the copy: terminate them" in said
    assert "pods on workers go on" not in said


ABSENT = f"{FOLDER}/20261129T113000Z-1.37.2-3.7.0.db.gz"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (("--snapshot", ABSENT), f"s3://{BUCKET}/{ABSENT}"),
        (
            ("--copy-of", f"s3://dev-backups/{ABSENT.replace('prod', 'dev')}"),
            f"s3://dev-backups/{ABSENT.replace('prod', 'dev')}",
        ),
    ],
    ids=["no object", "no bucket"],
)
def test_a_snapshot_that_is_not_there_is_refused(cluster, restore, words, address):
    code, said = restore(*words, "--yes")

    assert code == 1
    assert said == f"error: there is no {address}; --list shows the snapshots of prod\n"
    assert cluster.asked() is None


@pytest.mark.parametrize("address", [f"s3:///{NEW}", f"dev-backups/{NEW}", f"https://s3/{NEW}"])
def test_a_copy_is_asked_for_by_a_whole_address(cluster, restore, address):
    code, said = restore("--copy-of", address, "--yes")

    assert code == 1
    assert said == f"error: {address} is no address of a snapshot; write s3://BUCKET/KEY\n"
    assert cluster.asked() is None


def test_a_cluster_of_a_newer_program_is_refused_with_what_to_run(cluster, restore):
    cluster.put("control-plane/plan/1", plan("1.38.0"))

    code, said = restore("--yes")

    assert code == 1
    assert said == (
        "error: the control planes are of 1.38.0, and this version of the program knows Kubernetes up to 1.37; run the version that "
        "has brought them there, or a later one\n"
    )


@pytest.mark.parametrize("text", ["abc", "abc 12 xx", f"{'0' * 64} many of them", " "])
def test_a_damaged_plan_says_nothing_of_the_version(cluster, restore, text):
    cluster.put("control-plane/plan/1", text)

    code, said = restore("--yes")
    cluster.put("join/reached", f"{'0' * 64} 1.37.2")
    reached, _ = restore("--yes")

    assert code == 1
    assert said == (
        "error: the stack does not say which version prod is of; run `pulumi up` first\n"
    )
    assert reached == 0


def test_a_cluster_of_its_own_is_no_copy(cluster, restore):
    code, said = restore("--copy-of", f"s3://{BUCKET}/{NEW}", "--yes")

    assert code == 1
    assert "it is this cluster's own; restore it with --snapshot" in said


def test_a_cluster_without_backups_is_told_so(cluster, restore):
    cluster.ssm.delete_parameter(Name="/dualstack/prod/control-plane/backups")

    code, said = restore("--yes")

    assert code == 1
    assert "SSM has no /dualstack/prod/control-plane/backups: prod has no backups" in said


def test_a_bucket_without_a_snapshot_is_named(cluster, restore):
    for key in (OLD, NEW):
        cluster.s3.delete_object(Bucket=BUCKET, Key=key)

    code, said = restore("--yes")

    assert code == 1
    assert f"there is no snapshot in s3://{BUCKET}/{FOLDER}/" in said


def test_what_aws_refuses_is_one_line(cluster, restore):
    cluster.put("control-plane/backups", "another-bucket")

    code, said = restore("--yes")

    assert code == 2
    assert said.startswith("error: AWS cannot be asked for prod: ")
    assert len(said.splitlines()) == 1
