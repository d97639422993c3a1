"""Roles for pods: a pod's own token is what AWS gives a role for, and add-ons live by it."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from joserfc import jwt
from joserfc.jwk import KeySet

from components.facts.choices import UNINITIALIZED
from components.permissions.web_identity import AUDIENCE, subject, trust
from tests.live.cluster import Cluster, eventually
from tests.live.workload import IMAGE, SLEEP

pytestmark = pytest.mark.stacks("ipv6first")

NAME = "shop-web"
CONTROLLER = "aws-cloud-controller-manager"


@pytest.fixture(scope="module")
def issuer(cluster: Cluster) -> str:
    """The URL of the issuer."""
    return cluster.parameters("control-plane")["issuer"]


@pytest.fixture(scope="module")
def role(cluster: Cluster, issuer: str) -> Iterator[str]:
    """A role for the pods of one ServiceAccount, with the trust that `PodRole` gives it."""
    iam = cluster.aws("iam")
    bare = issuer.removeprefix("https://")
    (arn,) = [
        one["Arn"]
        for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        if one["Arn"].endswith(bare)
    ]
    document = json.dumps(trust(bare, arn, [subject("default", "web")]))
    yield iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.delete_role(RoleName=NAME)


@pytest.fixture(scope="module")
def tokens(cluster: Cluster) -> dict[str, str]:
    """What the kubelet has put into pods: the token of the role's ServiceAccount, that of another, and one for somebody else."""
    cluster.apply(
        *(account(name) for name in ("web", "api")),
        pod("web", "web"),
        pod("api", "api"),
    )
    for name in ("web", "api"):
        eventually(lambda name=name: cluster.get("pod", name)["status"]["phase"] == "Running")
    read = ("/bin/busybox", "cat")
    return {
        "own": cluster.exec("web", *read, "/tokens/aws"),
        "for somebody else": cluster.exec("web", *read, "/tokens/other"),
        "of another account": cluster.exec("api", *read, "/tokens/aws"),
    }


def account(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}


def pod(name: str, service_account: str) -> dict[str, Any]:
    """A pod that only holds tokens, one for AWS and one for somebody else."""
    sources = [
        {"serviceAccountToken": {"audience": audience, "path": path}}
        for audience, path in ((AUDIENCE, "aws"), ("vault", "other"))
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "serviceAccountName": service_account,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "main",
                    "image": IMAGE,
                    "command": SLEEP,
                    "volumeMounts": [{"name": "tokens", "mountPath": "/tokens"}],
                }
            ],
            "volumes": [{"name": "tokens", "projected": {"sources": sources}}],
        },
    }


def exchange(cluster: Cluster, arn: str, token: str) -> dict[str, str]:
    """The credentials that STS gives anybody who has this token."""
    sts = boto3.client(
        "sts",
        region_name=cluster.settings["aws:region"],
        endpoint_url=cluster.cloud.endpoint,
        config=Config(signature_version=UNSIGNED),
    )
    asked = {"RoleArn": arn, "RoleSessionName": "pod", "WebIdentityToken": token.strip()}
    return sts.assume_role_with_web_identity(**asked)["Credentials"]


def refusal(cluster: Cluster, arn: str, token: str) -> str:
    with pytest.raises(ClientError) as raised:
        exchange(cluster, arn, token)
    return raised.value.response["Error"]["Code"]


def published(cluster: Cluster, issuer: str, path: str) -> dict[str, Any]:
    """A document of the issuer, as everybody outside of the VPC reads it without credentials."""
    headers = {"Host": issuer.removeprefix("https://")}
    asked = urllib.request.Request(f"{cluster.cloud.endpoint}/{path}", headers=headers)
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def test_a_pods_token_is_worth_its_role(cluster, role, tokens):
    known = exchange(cluster, role, tokens["own"])

    assert known["AccessKeyId"].startswith("ASIA")


def test_a_token_for_somebody_else_or_of_another_account_is_worth_nothing(cluster, role, tokens):
    assert refusal(cluster, role, tokens["for somebody else"]) == "InvalidIdentityToken"
    assert refusal(cluster, role, tokens["of another account"]) == "AccessDenied"


def test_another_library_checks_a_pods_token_by_the_published_keys(cluster, issuer, tokens):
    named = published(cluster, issuer, ".well-known/openid-configuration")
    keys = KeySet.import_key_set(published(cluster, issuer, "openid/v1/jwks"))

    claims = jwt.decode(tokens["own"].strip(), keys, algorithms=["RS256"]).claims

    assert named["issuer"] == claims["iss"] == issuer
    assert (claims["aud"], claims["sub"]) == ([AUDIENCE], "system:serviceaccount:default:web")


def test_the_cloud_controller_knows_every_node_by_a_role_of_its_own(cluster):
    """Its SDK takes credentials from nowhere else, if these variables are set."""
    running = cluster.get("pods", "--namespace=kube-system", f"--selector=app={CONTROLLER}")
    environments = [
        {one["name"]: one["value"] for one in item["spec"]["containers"][0]["env"]}
        for item in running["items"]
    ]

    assert len(environments) == 3
    assert {one["AWS_ROLE_ARN"] for one in environments} == {controllers_role(cluster)}
    for node in cluster.nodes():
        assert node["spec"]["providerID"].startswith("aws:///")
        assert UNINITIALIZED not in {taint["key"] for taint in node["spec"].get("taints", [])}


def test_the_machines_role_has_no_permissions_of_controllers(cluster):
    iam = cluster.aws("iam")
    roles = [one["RoleName"] for one in iam.list_roles()["Roles"]]
    (machines,) = [name for name in roles if name.startswith(f"{cluster.name}-control-plane")]

    policies = iam.list_role_policies(RoleName=machines)["PolicyNames"]

    assert [name for name in policies if "controllers" in name] == []


def test_the_cloud_controllers_token_sees_machines_and_ends_none(cluster):
    words = ("create", "token", CONTROLLER, "--namespace=kube-system", f"--audience={AUDIENCE}")
    known = exchange(cluster, controllers_role(cluster), cluster.api.run(*words))
    ec2 = boto3.client(
        "ec2",
        region_name=cluster.settings["aws:region"],
        endpoint_url=cluster.cloud.endpoint,
        aws_access_key_id=known["AccessKeyId"],
        aws_secret_access_key=known["SecretAccessKey"],
        aws_session_token=known["SessionToken"],
    )

    seen = ec2.describe_instances()["Reservations"]
    with pytest.raises(ClientError) as raised:
        ec2.terminate_instances(InstanceIds=[*cluster.instances()][:1])

    assert seen
    assert raised.value.response["Error"]["Code"] == "UnauthorizedOperation"


def controllers_role(cluster: Cluster) -> str:
    prefix = f"{cluster.name}-addons-{CONTROLLER}"
    (arn,) = [
        one["Arn"]
        for one in cluster.aws("iam").list_roles()["Roles"]
        if one["RoleName"].startswith(prefix)
    ]
    return arn
