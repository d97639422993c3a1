"""What machines may ask of AWS: what their role's policy allows, and nothing else."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from components.facts.ssm_paths import key_alias
from components.permissions.statements import document
from components.roles import Role, of_controllers, policy, trust
from components.spec.parts import RolesSpec
from tests.engine.rehearsal.groups import ids

REGION = "eu-west-1"
KEYS = "/dualstack/walled/control-plane"
JOIN = "/dualstack/walled/join"
ALIAS = key_alias("walled")
PROGRAMS = Path(__file__).parents[3] / "templates/node"


@pytest.fixture(scope="module", autouse=True)
def parameters(client) -> None:
    """Those of a cluster, under a key of its own, and one under the account's default key."""
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key)
    for name in (f"{KEYS}/ca.key", f"{JOIN}/token", f"{JOIN}/other"):
        client("ssm").put_parameter(Name=name, Value="secret", Type="SecureString", KeyId=ALIAS)
    client("ssm").put_parameter(Name=f"{JOIN}/ca-hash", Value="secret", Type="SecureString")


@pytest.fixture(scope="module")
def keys(client) -> Callable[[Role], dict[str, str]]:
    """The keys that a machine of a role finds in its metadata."""
    spec = RolesSpec(region=REGION, cluster_name="walled")
    for role in Role:
        document = json.dumps(policy(role, spec))
        client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust(REGION)))
        client("iam").put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=document)

    def taken(role: Role) -> dict[str, str]:
        arn = client("iam").get_role(RoleName=role)["Role"]["Arn"]
        return client("sts").assume_role(RoleArn=arn, RoleSessionName="i-1")["Credentials"]

    return taken


@pytest.fixture(scope="module")
def machine(cloud, keys) -> Callable[..., Any]:
    """A client of AWS on a machine of a role."""

    def make(role: Role, service: str) -> Any:
        known = keys(role)
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=cloud.endpoint,
            aws_access_key_id=known["AccessKeyId"],
            aws_secret_access_key=known["SecretAccessKey"],
            aws_session_token=known["SessionToken"],
        )

    return make


def refusal(action: Callable[..., Any], **request: Any) -> str:
    """The code of AWS's refusal."""
    with pytest.raises(ClientError) as raised:
        action(**request)
    return raised.value.response["Error"]["Code"]


def test_a_control_plane_reads_the_clusters_keys(machine):
    found = machine(Role.CONTROL_PLANE, "ssm").get_parameters(
        Names=[f"{KEYS}/ca.key", f"{JOIN}/token"], WithDecryption=True
    )

    assert [parameter["Value"] for parameter in found["Parameters"]] == ["secret", "secret"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("get_parameter", {"Name": f"{KEYS}/ca.key"}),
        ("get_parameters", {"Names": [f"{JOIN}/token", f"{KEYS}/ca.key"]}),
        ("get_parameters_by_path", {"Path": "/dualstack/walled", "Recursive": True}),
        ("get_parameter", {"Name": "/dualstack/another/join/token"}),
        ("put_parameter", {"Name": f"{JOIN}/token", "Value": "mine", "Overwrite": True}),
        ("describe_parameters", {}),
    ],
    ids=["a-key", "a-key-among-others", "a-folder", "another-cluster", "the-token", "a-list"],
)
def test_a_worker_is_refused(machine, operation, request_):
    ssm = machine(Role.WORKER, "ssm")

    assert refusal(getattr(ssm, operation), **request_) == "AccessDeniedException"


def test_a_worker_reads_what_it_joins_with_and_says_how_that_went(machine):
    ssm = machine(Role.WORKER, "ssm")

    found = ssm.get_parameters(Names=[f"{JOIN}/token", f"{JOIN}/ca-hash"], WithDecryption=True)
    ssm.put_parameter(Name="/dualstack/walled/status/i-1", Value="joined", Type="String")

    assert len(found["Parameters"]) == 2


def test_a_control_plane_sees_instances_and_ends_none(machine):
    ec2 = machine(Role.CONTROL_PLANE, "ec2")

    assert "Reservations" in ec2.describe_instances()
    assert refusal(ec2.run_instances, MinCount=1, MaxCount=1) == "UnauthorizedOperation"
    assert refusal(machine(Role.WORKER, "ec2").describe_instances) == "UnauthorizedOperation"


def test_a_permission_that_is_taken_away_is_missed(machine, client):
    iam, spec = client("iam"), RolesSpec(region=REGION, cluster_name="walled")
    less = policy(Role.WORKER, spec)
    less["Statement"] = [s for s in less["Statement"] if s["Sid"] != "ReadJoinData"]
    ssm = machine(Role.WORKER, "ssm")

    ssm.get_parameter(Name=f"{JOIN}/ca-hash")
    iam.put_role_policy(RoleName=Role.WORKER, PolicyName="all", PolicyDocument=json.dumps(less))
    code = refusal(ssm.get_parameter, Name=f"{JOIN}/ca-hash")
    whole = json.dumps(policy(Role.WORKER, spec))
    iam.put_role_policy(RoleName=Role.WORKER, PolicyName="all", PolicyDocument=whole)

    assert code == "AccessDeniedException"


@pytest.fixture
def program(monkeypatch, cloud) -> Iterator[Any]:
    """What a machine speaks to AWS with."""
    monkeypatch.syspath_prepend(str(PROGRAMS))
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    before = set(sys.modules)
    yield importlib.import_module("aws")
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("forged", [False, True], ids=["its-own-keys", "a-wrong-secret"])
def test_a_request_that_a_machine_signs_is_believed_by_its_signature(
    program, keys, monkeypatch, forged
):
    known = keys(Role.CONTROL_PLANE)
    told = {
        "AccessKeyId": known["AccessKeyId"],
        "SecretAccessKey": "another" if forged else known["SecretAccessKey"],
        "Token": known["SessionToken"],
    }
    monkeypatch.setattr(program.imds, "require", lambda *_: json.dumps(told))
    aws = program.Aws({"region": REGION, "endpoints": []})

    if forged:
        with pytest.raises(program.Refused, match=r"SignatureDoesNotMatch"):
            aws.get(f"{JOIN}/token")
        with pytest.raises(program.Refused, match=r"AuthFailure"):
            aws.states("i-1")
    else:
        assert aws.get(f"{JOIN}/token") == {f"{JOIN}/token": "secret"}
        assert aws.states("i-1") == {}


def test_a_worker_decrypts_the_token_and_nothing_else_under_the_clusters_key(machine):
    ssm = machine(Role.WORKER, "ssm")

    token = ssm.get_parameter(Name=f"{JOIN}/token", WithDecryption=True)["Parameter"]["Value"]

    assert token == "secret"
    # It may read this parameter, but not decrypt it.
    assert "Parameter" in ssm.get_parameter(Name=f"{JOIN}/other")
    assert (
        refusal(ssm.get_parameter, Name=f"{JOIN}/other", WithDecryption=True)
        == "AccessDeniedException"
    )


def test_a_role_that_may_read_every_parameter_decrypts_none_of_the_clusters(client, cloud):
    """The reads of AmazonSSMManagedInstanceCore, as machines of other people in the account have them."""
    allowed = {
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": "*",
    }
    iam = client("iam")
    iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=json.dumps(trust(REGION)))
    iam.put_role_policy(
        RoleName="stranger",
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )
    arn = iam.get_role(RoleName="stranger")["Role"]["Arn"]
    known = client("sts").assume_role(RoleArn=arn, RoleSessionName="i-2")["Credentials"]
    ssm = boto3.client(
        "ssm",
        region_name=REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id=known["AccessKeyId"],
        aws_secret_access_key=known["SecretAccessKey"],
        aws_session_token=known["SessionToken"],
    )

    for name in (f"{KEYS}/ca.key", f"{JOIN}/token"):
        code = refusal(ssm.get_parameter, Name=name, WithDecryption=True)
        assert code == "AccessDeniedException"
    # Under the account's default key the same role reads it, which is why the cluster has a key of its own.
    found = ssm.get_parameter(Name=f"{JOIN}/ca-hash", WithDecryption=True)
    assert found["Parameter"]["Value"] == "secret"


def test_a_control_plane_renews_the_token_under_the_clusters_key_alone(machine, client):
    ssm = machine(Role.CONTROL_PLANE, "ssm")
    renewed = {"Name": f"{JOIN}/token", "Value": "renewed", "Type": "SecureString"}
    iam, spec = client("iam"), RolesSpec(region=REGION, cluster_name="walled")
    less = policy(Role.CONTROL_PLANE, spec)
    less["Statement"] = [s for s in less["Statement"] if s["Sid"] != "EncryptToken"]

    ssm.put_parameter(**renewed, KeyId=ALIAS, Overwrite=True)
    read = machine(Role.WORKER, "ssm").get_parameter(Name=f"{JOIN}/token", WithDecryption=True)
    iam.put_role_policy(
        RoleName=Role.CONTROL_PLANE, PolicyName="all", PolicyDocument=json.dumps(less)
    )
    code = refusal(ssm.put_parameter, **renewed, KeyId=ALIAS, Overwrite=True)
    whole = json.dumps(policy(Role.CONTROL_PLANE, spec))
    iam.put_role_policy(RoleName=Role.CONTROL_PLANE, PolicyName="all", PolicyDocument=whole)

    assert read["Parameter"]["Value"] == "renewed"
    assert code == "AccessDeniedException"


@pytest.mark.parametrize(("key", "word"), [("alias/nobodys", "absent"), (None, "deleted")])
def test_a_secret_is_refused_under_a_key_that_is_absent_or_waits_for_its_deletion(
    client, key, word
):
    kms = client("kms")
    if key is None:
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    code = refusal(
        client("ssm").put_parameter,
        Name=f"/under/{word}",
        Value="secret",
        Type="SecureString",
        KeyId=key,
    )

    assert code == "InvalidKeyId"


def test_a_control_plane_forgets_the_machines_of_its_cluster_and_no_other_parameter(machine):
    ssm = machine(Role.CONTROL_PLANE, "ssm")
    folder = "/dualstack/walled/status"
    ssm.put_parameter(Name=f"{folder}/i-2", Value="joined", Type="String")

    listed = ssm.get_parameters_by_path(Path=folder)["Parameters"]
    ssm.delete_parameters(Names=[f"{folder}/i-2"])

    assert f"{folder}/i-2" in [found["Name"] for found in listed]
    for call, request in (
        (ssm.delete_parameters, {"Names": [f"{JOIN}/token"]}),
        (ssm.get_parameters_by_path, {"Path": "/dualstack/walled", "Recursive": True}),
        (machine(Role.WORKER, "ssm").delete_parameters, {"Names": [f"{folder}/i-1"]}),
    ):
        assert refusal(call, **request) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("cluster", "refusals"),
    [("walled", []), ("another", ["AccessDenied"] * 2)],
    ids=["own", "another"],
)
def test_the_autoscaler_changes_the_size_of_its_clusters_pools_alone(
    aws, machine, make_group, cluster, refusals
):
    spec = RolesSpec(region=REGION, cluster_name="walled", cluster_autoscaler=True)
    aws.client("iam").put_role_policy(
        RoleName=Role.CONTROL_PLANE,
        PolicyName="controllers",
        PolicyDocument=json.dumps(document(of_controllers(spec))),
    )
    tag = {"key": f"k8s.io/cluster-autoscaler/{cluster}", "value": "owned"}
    group = make_group(tags=[tag | {"propagateAtLaunch": False}])
    [made] = ids(aws, group)
    autoscaler = machine(Role.CONTROL_PLANE, "autoscaling")

    refused = []
    for action, request in (
        (
            autoscaler.set_desired_capacity,
            {"AutoScalingGroupName": group["name"], "DesiredCapacity": 2},
        ),
        (
            autoscaler.terminate_instance_in_auto_scaling_group,
            {"InstanceId": made, "ShouldDecrementDesiredCapacity": True},
        ),
    ):
        try:
            action(**request)
        except ClientError as error:
            refused.append(error.response["Error"]["Code"])

    assert refused == refusals
