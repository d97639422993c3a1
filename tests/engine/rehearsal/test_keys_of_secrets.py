"""The key of a cluster's secret parameters, in the life of a stack."""

import pulumi
import pytest
from pulumi_aws import ssm as parameters

from components import Identity

CLUSTER = "sealed"
FOLDER = f"/dualstack/{CLUSTER}"
ALIAS = f"alias/dualstack/{CLUSTER}"


def identity(**args):
    """A program that makes the keys of one cluster."""
    return lambda: Identity("keys", {"cluster_name": CLUSTER, "api_host": "a.example.com", **args})


@pytest.fixture
def ssm(client):
    return client("ssm")


@pytest.fixture
def kms(client):
    return client("kms")


def sealed(ssm):
    """The key under which each secret parameter of the cluster is, by the parameter's last word."""
    filters = [{"Key": "Path", "Option": "Recursive", "Values": [FOLDER]}]
    pages = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    return {
        found["Name"].rpartition("/")[2]: found["KeyId"]
        for page in pages
        for found in page["Parameters"]
        if found["Type"] == "SecureString"
    }


def key_of(kms):
    """What KMS says of the key behind the cluster's alias."""
    return kms.describe_key(KeyId=ALIAS)["KeyMetadata"]


def test_the_key_rotates_and_waits_a_week_for_its_deletion_and_the_alias_is_free_at_once(
    rig, ssm, kms
):
    stack = rig(identity())

    stack.up()
    first = key_of(kms)["KeyId"]
    under = set(sealed(ssm).values())
    rotates = kms.get_key_rotation_status(KeyId=first)["KeyRotationEnabled"]
    again = stack.up()
    stack.down()
    stack.up()
    second = key_of(kms)["KeyId"]

    assert (under, rotates, again.changed) == ({ALIAS}, True, 0)
    deleted = kms.describe_key(KeyId=first)["KeyMetadata"]
    assert deleted["KeyState"] == "PendingDeletion"
    assert second != first
    stack.down()


def test_a_stack_from_before_the_key_moves_under_it_and_its_renewed_token_stays(rig, ssm):
    def before():
        def without_a_key(args):
            given = dict(args.props)
            if args.type_ == "aws:ssm/parameter:Parameter":
                given.pop("keyId", None)
                given.pop("key_id", None)
            return pulumi.ResourceTransformationResult(given, args.opts)

        pulumi.runtime.register_stack_transformation(without_a_key)
        identity()()

    stack = rig(before)
    stack.up()
    at_first = set(sealed(ssm).values())
    ssm.put_parameter(
        Name=f"{FOLDER}/join/token", Value="renewed", Type="SecureString", Overwrite=True
    )

    stack.becomes(identity()).up()

    token = ssm.get_parameter(Name=f"{FOLDER}/join/token", WithDecryption=True)["Parameter"]
    under = sealed(ssm)
    assert at_first == {"alias/aws/ssm"}
    assert (token["Value"], under.pop("token")) == ("renewed", "alias/aws/ssm")
    assert set(under.values()) == {ALIAS}
    stack.down()


def test_a_value_that_the_provider_updates_alone_falls_under_the_default_key(rig, ssm, kms):
    """Why the program replaces a secret parameter whose value changes."""

    def program(value):
        return lambda: parameters.Parameter(
            "p", name=f"{FOLDER}/p", type="SecureString", value=value, key_id=ALIAS
        )

    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key)
    stack = rig(program("one"))

    stack.up()
    at_first = sealed(ssm)["p"]
    stack.becomes(program("two")).up()

    assert (at_first, sealed(ssm)["p"]) == (ALIAS, "alias/aws/ssm")
    stack.down()
    kms.delete_alias(AliasName=ALIAS)
