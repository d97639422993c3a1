"""Roles for pods on the real engine: who reads the issuer's documents, and which token AWS takes."""

import json
import time
import urllib.error
import urllib.request

import boto3
import pulumi
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pulumi_aws import s3

from components import PodRole, ServiceAccountIssuer
from components.catalog.own_role import FOLDER, ROLE_ARN, environment
from tests.support.clusters import spec

SUBJECT = "system:serviceaccount:shop:web"


@pytest.fixture(scope="module")
def key():
    """A service-account key, as it is in sa.key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pods_of(key, **args):
    """A program that makes the issuer of a cluster, and a role for one ServiceAccount."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def program():
        issuer = ServiceAccountIssuer(
            "prod-issuer", {"cluster_name": "prod", "public_keys": [public.decode()], **args}
        )
        role = PodRole(
            "shop-web",
            {
                "issuer_provider_arn": issuer.issuer_provider_arn,
                "namespace": "shop",
                "service_account": "web",
            },
        )
        pulumi.export("url", issuer.issuer_url)
        pulumi.export("role", role.role_arn)

    return program


def token(key, issuer, **claims):
    """A token as an API server projects it into a pod."""
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    made = RSAKey.import_key(secret)
    now = int(time.time())
    usual = {"aud": ["sts.amazonaws.com"], "sub": SUBJECT, "iat": now, "exp": now + 600}
    return jwt.encode({"alg": "RS256"}, {"iss": issuer, **usual, **claims}, made)


@pytest.fixture
def exchange(cloud, client):
    """What a pod does with a token: it takes its role; the ARN of what it then is."""

    def take(web_identity):
        anybody = Config(signature_version=UNSIGNED)
        sts = boto3.client(
            "sts", region_name="eu-west-1", endpoint_url=cloud.endpoint, config=anybody
        )
        [arn] = [
            one["Arn"] for one in client("iam").list_roles()["Roles"] if "shop-web" in one["Arn"]
        ]
        answer = sts.assume_role_with_web_identity(
            RoleArn=arn, RoleSessionName="pod", WebIdentityToken=web_identity
        )
        return answer["AssumedRoleUser"]["Arn"]

    return take


@pytest.fixture
def read(cloud, client):
    """What anybody gets at a path of the issuer: the status and the body."""

    def get(path):
        # At its own host, as everybody asks: moto takes such a path at another host for one of Cognito's.
        headers = {"Host": url_of(client).removeprefix("https://")}
        asked = urllib.request.Request(f"{cloud.endpoint}/{path}", headers=headers)
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    return get


def url_of(client):
    [provider] = client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return f"https://{provider['Arn'].partition(':oidc-provider/')[2]}"


def refusal(action, *given, **request):
    """The code of AWS's refusal."""
    with pytest.raises(ClientError) as raised:
        action(*given, **request)
    return raised.value.response["Error"]["Code"]


def test_a_second_up_changes_nothing_and_down_leaves_nothing(rig, client, key):
    stack = rig(pods_of(key))

    stack.up()
    again = stack.up()
    gone = stack.down()

    assert (again.changed, gone.failures) == (0, [])
    assert client("s3").list_buckets()["Buckets"] == []


def test_everybody_reads_the_two_documents_and_nothing_else(rig, client, key, read):
    rig(pods_of(key)).up()
    [bucket] = [one["Name"] for one in client("s3").list_buckets()["Buckets"]]
    client("s3").put_object(Bucket=bucket, Key="other", Body=b"hidden")

    status, text = read(".well-known/openid-configuration")

    assert (status, json.loads(text)["issuer"]) == (200, url_of(client))
    assert read("openid/v1/jwks")[0] == 200
    assert (read("other")[0], read("")[0]) == (403, 403)


def test_another_library_checks_a_token_with_what_it_reads_without_credentials(
    rig, client, key, read
):
    rig(pods_of(key)).up()

    keys = KeySet.import_key_set(json.loads(read("openid/v1/jwks")[1]))
    found = jwt.decode(token(key, url_of(client)), keys)

    assert found.claims["sub"] == SUBJECT


def test_a_pod_takes_its_role_by_its_token(rig, client, key, exchange):
    rig(pods_of(key)).up()

    arn = exchange(token(key, url_of(client)))

    assert "assumed-role/shop-web" in arn


@pytest.fixture
def in_pod(cloud, monkeypatch, tmp_path):
    """Gives this process the variables of an add-on with a role of its own, and its token."""

    def given(arn, web_identity):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        file = tmp_path / "token"
        file.write_text(web_identity)
        places = {ROLE_ARN: arn, f"{FOLDER}/token": str(file)}
        with_issuer = spec(serviceAccountIssuer={"enabled": True})
        for name, value in environment(with_issuer).items():
            monkeypatch.setenv(name, places.get(value, value))
        monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)

    return given


def test_an_sdk_takes_the_role_by_the_variables_that_add_ons_get(rig, client, key, in_pod):
    rig(pods_of(key)).up()
    [arn] = [one["Arn"] for one in client("iam").list_roles()["Roles"] if "shop-web" in one["Arn"]]
    in_pod(arn, token(key, url_of(client)))

    # The SDK of Go, in which add-ons are written, reads the region from AWS_REGION. This one does not.
    session = boto3.Session(region_name="eu-west-1")

    assert session.get_credentials().method == "assume-role-with-web-identity"
    assert "assumed-role/shop-web" in session.client("sts").get_caller_identity()["Arn"]


def test_a_token_for_somebody_else_or_of_somebody_else_is_refused(rig, client, key, exchange):
    rig(pods_of(key)).up()
    issuer = url_of(client)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    whole = token(key, issuer)
    own_claims = token(key, issuer, sub="system:serviceaccount:shop:api")

    assert refusal(exchange, own_claims) == "AccessDenied"
    for refused in (
        token(key, issuer, aud=["https://kubernetes.default.svc.cluster.local"]),
        token(key, "https://kubernetes.default.svc.cluster.local"),
        token(stranger, issuer),
        # The claims of one with the signature of the other.
        f"{whole.rpartition('.')[0]}.{own_claims.rpartition('.')[2]}",
    ):
        assert refusal(exchange, refused) == "InvalidIdentityToken"
    assert refusal(exchange, token(key, issuer, exp=1)) == "ExpiredTokenException"


def test_without_documents_that_everybody_reads_no_token_is_taken(rig, client, key, exchange):
    rig(pods_of(key)).up()
    [bucket] = [one["Name"] for one in client("s3").list_buckets()["Buckets"]]
    web_identity = token(key, url_of(client))

    client("s3").put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )

    assert refusal(exchange, web_identity) == "InvalidIdentityToken"


def test_a_new_bucket_takes_no_policy_that_opens_it(rig):
    def program():
        bucket = s3.Bucket("closed")
        s3.BucketPolicy(
            "closed",
            bucket=bucket.id,
            policy=bucket.arn.apply(
                lambda arn: json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": "*",
                                "Action": "s3:GetObject",
                                "Resource": f"{arn}/*",
                            }
                        ],
                    }
                )
            ),
        )

    [failure] = rig(program).refused()

    assert "AccessDenied" in failure
    assert "BlockPublicPolicy" in failure
