"""The backend of states: what its bucket keeps and refuses."""

import json

import pytest

from components import StateBackend
from components.config.check import SpecError
from components.rules import load
from components.spec.delivery import StateBackendSpec

ARGS = {"region": "eu-west-1", "bucket": "acme-states"}


def backend(**args):
    """A program that makes one backend and exports what it gives."""

    def program():
        made = StateBackend("states", {**ARGS, **args})
        return {"url": made.backend_url, "secrets": made.secrets_provider}

    return program


def test_the_outputs_are_what_pulumi_is_told(deploy):
    deployment = deploy(backend())

    assert deployment.outputs == {
        "url": "s3://acme-states?region=eu-west-1&awssdk=v2",
        "secrets": "awskms://alias/states?region=eu-west-1&awssdk=v2&context_stack=",
    }


def test_the_bucket_keeps_versions_for_a_year_and_encrypts_with_its_own_key(deploy):
    deployment = deploy(backend())

    [encryption] = deployment.one("BucketServerSideEncryptionConfiguration")["rules"]
    [lifecycle] = deployment.one("BucketLifecycleConfiguration")["rules"]
    assert deployment.one("BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert lifecycle == {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrentVersionExpiration": {"noncurrentDays": 365},
        "expiration": {"expiredObjectDeleteMarker": True},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }
    assert encryption == {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": "aws:kms",
            "kmsMasterKeyId": "arn:aws:kms:eu-west-1:123456789012:key/states",
        },
        "bucketKeyEnabled": True,
    }
    assert deployment.one("Key")["enableKeyRotation"]


def test_the_bucket_is_closed_to_everybody_and_to_plain_text(deploy):
    deployment = deploy(backend())

    blocked = deployment.one("BucketPublicAccessBlock")
    statements = json.loads(deployment.one("BucketPolicy")["policy"])["Statement"]
    denied = [
        (one["Effect"], one["Principal"], one["Action"], one["Condition"]) for one in statements
    ]
    assert {key: value for key, value in blocked.items() if key != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert deployment.one("BucketOwnershipControls")["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }
    assert denied == [
        ("Deny", "*", "s3:*", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", "*", "s3:*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]
    assert all(
        one["Resource"] == ["arn:aws:s3:::acme-states", "arn:aws:s3:::acme-states/*"]
        for one in statements
    )


@pytest.mark.parametrize(("protect", "protected"), [(None, True), (False, False)])
def test_the_bucket_and_the_key_are_protected_unless_the_program_says_otherwise(
    deploy, protect, protected
):
    deployment = deploy(backend(**({} if protect is None else {"protect": protect})))

    assert {deployment.resources[f"{kind} states"].protect for kind in ("Bucket", "Key")} == {
        protected
    }


REFUSED = {
    "Acme": "'Acme' is not a bucket's name",
    "ab": "'ab' is not a bucket's name",
    "acme.states": "'acme.states' is not a bucket's name",
    "xn--acme": "'xn--acme' is not a bucket's name",
    "acme-s3alias": "'acme-s3alias' is not a bucket's name",
}


@pytest.mark.parametrize("bucket", REFUSED)
def test_a_name_that_s3_or_tls_would_not_take_is_refused(bucket):
    with pytest.raises(SpecError) as raised:
        load(StateBackendSpec, {**ARGS, "bucket": bucket})

    assert [str(fault) for fault in raised.value.faults] == [
        f"bucket: {REFUSED[bucket]}; write 3 to 63 lower-case letters, digits and hyphens, like acme-pulumi-state"
    ]
