"""The bucket of a cluster's snapshots on the real engine, and what AWS then lets a control plane do with it."""

import json
from typing import Any

import boto3
import pulumi
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pulumi_aws import iam, kms

from components import Backups

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    ],
}
KEY = "prod/0123456789abcdef/20261129T090000Z-1.37.2-3.7.0.db.gz"


def kept(**args):
    """A program that makes the bucket of one cluster, with the key and the role that a cluster has."""

    def program():
        key = kms.Key("prod-parameters", deletion_window_in_days=7)
        role = iam.Role(
            "prod-control-plane", name="control-plane", assume_role_policy=json.dumps(TRUST)
        )
        given: Any = {
            "region": "eu-west-1",
            "cluster_name": "prod",
            "key_arn": key.arn,
            "control_plane_role_name": role.name,
            "protect": False,
            **args,
        }
        pulumi.export("bucket", Backups("prod-backups", given).backup_bucket)

    return program


@pytest.fixture
def control_plane(client, cloud):
    """S3 with the credentials of the control planes' role."""
    arn = "arn:aws:iam::123456789012:role/control-plane"

    def take():
        keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="machine")["Credentials"]
        return boto3.client(
            "s3",
            region_name="eu-west-1",
            endpoint_url=cloud.endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(s3={"addressing_style": "path"}),
        )

    return take


def bucket_of(client):
    [bucket] = client("s3").list_buckets()["Buckets"]
    return bucket["Name"]


def refusal(action, **request):
    """The code of AWS's refusal."""
    with pytest.raises(ClientError) as raised:
        action(**request)
    return raised.value.response["Error"]["Code"]


def test_a_second_up_changes_nothing_and_longer_keeping_one_setting(rig):
    stack = rig(kept())

    stack.up()
    again = stack.up()
    longer = stack.becomes(kept(keep_days=90)).up()

    # The setting, and the component that shows it.
    assert (again.changed, longer.changed) == (0, 2)


def test_a_control_plane_writes_and_reads_snapshots_and_deletes_none(rig, client, control_plane):
    rig(kept()).up()
    bucket, s3 = bucket_of(client), control_plane()

    s3.put_object(Bucket=bucket, Key=KEY, Body=b"first")
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"second")

    versions = client("s3").list_object_versions(Bucket=bucket)["Versions"]
    assert s3.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"second"
    assert len(versions) == 2
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [KEY]
    assert refusal(s3.delete_object, Bucket=bucket, Key=KEY) == "AccessDenied"
    old = versions[-1]["VersionId"]
    assert refusal(s3.delete_object, Bucket=bucket, Key=KEY, VersionId=old) == "AccessDenied"
    assert refusal(s3.put_object, Bucket=bucket, Key="dev/x", Body=b"") == "AccessDenied"
    assert refusal(s3.delete_bucket_lifecycle, Bucket=bucket) == "AccessDenied"


def test_an_unprotected_bucket_goes_with_its_cluster_and_the_snapshots_in_it(rig, client):
    stack = rig(kept())
    stack.up()
    client("s3").put_object(Bucket=bucket_of(client), Key=KEY, Body=b"snapshot")

    gone = stack.down()

    assert gone.failures == []
    assert client("s3").list_buckets()["Buckets"] == []


def test_a_lock_is_set_on_a_bucket_that_was_made_without_one(rig, client):
    stack = rig(kept())
    stack.up()

    locked = stack.becomes(kept(object_lock="governance")).up()
    again = stack.up()

    held = client("s3").get_object_lock_configuration(Bucket=bucket_of(client))
    retention = held["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (retention["Mode"], retention["Days"]) == ("GOVERNANCE", 30)
    # The lock, and the component that shows it.
    assert (locked.changed, again.changed) == (2, 0)


def test_a_bucket_is_emptied_of_objects_that_were_deleted_before(client):
    s3, named = client("s3"), {"Bucket": "deleted-before"}
    s3.create_bucket(**named, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(**named, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(**named, Key=KEY, Body=b"snapshot")
    s3.delete_object(**named, Key=KEY)
    found = s3.list_object_versions(**named)

    for one in (*found["Versions"], *found["DeleteMarkers"]):
        s3.delete_object(**named, Key=KEY, VersionId=one["VersionId"])

    s3.delete_bucket(**named)


def test_an_object_is_asked_for_its_length_without_its_content(client):
    s3, named = client("s3"), {"Bucket": "asked-for-length"}
    s3.create_bucket(**named, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(**named, Key=KEY, Body=b"snapshot")

    assert s3.head_object(**named, Key=KEY)["ContentLength"] == 8

    s3.delete_object(**named, Key=KEY)
    s3.delete_bucket(**named)
