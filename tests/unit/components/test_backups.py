"""The bucket with the snapshots of etcd: what it keeps, and what control planes may do with it."""

import json

import pytest

from components import Backups
from components.config.check import SpecError
from components.rules import load
from components.spec.backups import BackupsSpec

ARGS = {
    "region": "eu-west-1",
    "cluster_name": "prod",
    "key_arn": "arn:aws:kms:eu-west-1:123456789012:key/own",
    "control_plane_role_name": "prod-control-plane-1234567",
}


def backups(**args):
    """A program that makes the bucket of one cluster and exports its name."""
    return lambda: {"bucket": Backups("prod-backups", {**ARGS, **args}).backup_bucket}


def test_a_snapshot_is_kept_for_thirty_days_and_as_long_again_if_it_is_deleted(deploy):
    deployment = deploy(backups())

    [lifecycle] = deployment.one("BucketLifecycleConfiguration")["rules"]
    assert lifecycle == {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": 30},
        "noncurrentVersionExpiration": {"noncurrentDays": 30},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }
    assert deployment.one("BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}


def test_snapshots_are_encrypted_with_the_clusters_key_and_closed_to_the_public(deploy):
    deployment = deploy(backups())

    [encryption] = deployment.one("BucketServerSideEncryptionConfiguration")["rules"]
    statements = json.loads(deployment.one("BucketPolicy")["policy"])["Statement"]
    assert encryption["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "arn:aws:kms:eu-west-1:123456789012:key/own",
    }
    assert {
        key: value
        for key, value in deployment.one("BucketPublicAccessBlock").items()
        if key != "bucket"
    } == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert [(one["Effect"], one["Condition"]) for one in statements] == [
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]


def test_control_planes_write_and_read_their_own_snapshots_and_delete_none(deploy):
    deployment = deploy(backups())

    policy = deployment.one("RolePolicy")
    bucket = "arn:aws:s3:::prod-backups"
    assert policy["role"] == "prod-control-plane-1234567"
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "KeepSnapshots",
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:GetObject", "s3:ListBucket"],
            "Resource": [bucket, f"{bucket}/prod/*"],
        },
        {
            "Sid": "EncryptSnapshots",
            "Effect": "Allow",
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": ["arn:aws:kms:eu-west-1:123456789012:key/own"],
            "Condition": {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket}},
        },
        {
            "Sid": "NeverDeleteSnapshots",
            "Effect": "Deny",
            "Action": [
                "s3:Delete*",
                "s3:PutLifecycleConfiguration",
                "s3:BypassGovernanceRetention",
            ],
            "Resource": [bucket, f"{bucket}/*"],
        },
    ]


def test_control_planes_find_the_bucket_by_a_parameter_that_workers_cannot_read(deploy):
    deployment = deploy(backups())

    parameter = deployment.one("Parameter")
    assert deployment.outputs == {"bucket": "prod-backups"}
    assert (parameter["name"], parameter["type"], parameter["value"]) == (
        "/dualstack/prod/control-plane/backups",
        "String",
        "prod-backups",
    )


@pytest.mark.parametrize(("protect", "kept"), [(None, True), (True, True), (False, False)])
def test_a_protected_bucket_is_never_emptied_and_another_goes_with_its_cluster(
    deploy, protect, kept
):
    deployment = deploy(backups(**({} if protect is None else {"protect": protect})))

    assert deployment.resources["Bucket prod-backups"].protect == kept
    assert deployment.one("Bucket")["forceDestroy"] is not kept


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_a_lock_holds_for_as_long_as_a_snapshot_is_kept(deploy, mode):
    deployment = deploy(backups(object_lock=mode, keep_days=90))

    assert deployment.one("BucketObjectLockConfiguration")["rule"] == {
        "defaultRetention": {"mode": mode.upper(), "days": 90}
    }


def test_without_a_lock_there_is_no_setting_that_could_not_be_taken_back(deploy):
    deployment = deploy(backups())

    assert deployment.all("BucketObjectLockConfiguration") == {}


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ({"keep_days": 0}, "keepDays: 0 is too small; write at least 1"),
        (
            {"object_lock": "forever"},
            "objectLock: 'forever' is not known; choose none, governance or compliance",
        ),
    ],
    ids=["days", "lock"],
)
def test_what_no_bucket_can_do_is_refused(args, fault):
    with pytest.raises(SpecError) as raised:
        load(BackupsSpec, {"region": "eu-west-1", "cluster_name": "prod", **args})

    assert [str(one) for one in raised.value.faults] == [fault]


def test_a_name_that_no_bucket_can_have_is_refused(refused):
    lines = refused(lambda: Backups("prod backups", ARGS))

    assert lines == [
        "The configuration has 1 fault; nothing was changed.",
        "name: prod backups cannot begin the name of a bucket, which has letters, digits and hyphens; choose another name",
    ]
