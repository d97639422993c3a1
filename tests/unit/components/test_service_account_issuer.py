"""The issuer of pods' tokens: what it publishes, who may read it, and what AWS trusts."""

import base64
import hashlib
import json

import pulumi
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, RSAKey

from components import ServiceAccountIssuer
from rehearsal.engine.sdk import untraced

URL = "https://prod-issuer.s3.eu-west-1.amazonaws.com"


def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    """The public half of a key, as it is in sa.pub."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def issuer(*keys, **args):
    """A program that makes the issuer of a cluster whose tokens are signed with these keys."""

    def program():
        given = {"cluster_name": "prod", "public_keys": [pem(key) for key in keys], **args}
        made = ServiceAccountIssuer("prod-issuer", given)
        return {
            "url": made.issuer_url,
            "provider": made.issuer_provider_arn,
            "bucket": made.issuer_bucket,
        }

    return program


@pytest.fixture(scope="module")
def key():
    return private_key()


def document(deployment, word):
    return json.loads(deployment.all("BucketObjectv2")[f"prod-issuer-{word}"]["content"])


def signed(key, claims):
    """A token as an API server signs it with sa.key."""
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(secret))


def test_the_documents_are_where_openid_looks_for_them(deploy, key):
    deployment = deploy(issuer(key))

    found = deployment.all("BucketObjectv2")
    assert {one["key"]: one["contentType"] for one in found.values()} == {
        ".well-known/openid-configuration": "application/json",
        "openid/v1/jwks": "application/json",
    }
    assert document(deployment, "configuration") == {
        "issuer": URL,
        "jwks_uri": f"{URL}/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    assert deployment.outputs == {
        "url": URL,
        "provider": "arn:aws:iam::123456789012:oidc-provider/prod-issuer",
        "bucket": "prod-issuer",
    }


def test_another_library_checks_a_token_with_the_published_keys_alone(deploy, key):
    old = private_key()
    claims = {"iss": URL, "sub": "system:serviceaccount:shop:web", "aud": ["sts.amazonaws.com"]}

    published = document(deploy(issuer(key, old)), "keys")

    keys = KeySet.import_key_set(published)
    assert jwt.decode(signed(key, claims), keys.keys[0]).claims == claims
    assert jwt.decode(signed(old, claims), keys.keys[1]).claims == claims
    with pytest.raises(BadSignatureError):
        jwt.decode(signed(private_key(), claims), keys.keys[0])


def test_a_keys_name_is_the_one_in_the_tokens_of_an_api_server(deploy, key):
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    [published] = document(deploy(issuer(key)), "keys")["keys"]

    assert base64.urlsafe_b64decode(published["kid"] + "=") == hashlib.sha256(der).digest()
    assert (published["kty"], published["alg"], published["use"]) == ("RSA", "RS256", "sig")


def test_everybody_may_read_the_two_documents_and_nothing_else_and_over_tls_alone(deploy, key):
    deployment = deploy(issuer(key))

    statements = json.loads(deployment.one("BucketPolicy")["policy"])["Statement"]
    assert statements[0] == {
        "Sid": "ReadDocuments",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": [
            "arn:aws:s3:::prod-issuer/.well-known/openid-configuration",
            "arn:aws:s3:::prod-issuer/openid/v1/jwks",
        ],
    }
    assert [(one["Effect"], one["Condition"]) for one in statements[1:]] == [
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]


def test_access_control_lists_stay_closed_and_the_policy_waits_until_it_may_open(deploy, key):
    deployment = deploy(issuer(key))

    block = deployment.one("BucketPublicAccessBlock")
    assert {key: value for key, value in block.items() if key != "bucket"} == {
        "blockPublicAcls": True,
        "ignorePublicAcls": True,
        "blockPublicPolicy": False,
        "restrictPublicBuckets": False,
    }
    waits = deployment.resources["BucketPolicy prod-issuer"].waits_for
    assert "BucketPublicAccessBlock prod-issuer" in waits


def test_aws_trusts_the_issuer_for_tokens_that_are_meant_for_it(deploy, key):
    deployment = deploy(issuer(key, tags={"team": "shop"}))

    provider = deployment.one("OpenIdConnectProvider")
    assert provider == {
        "url": URL,
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {"team": "shop", "Name": "prod-issuer"},
    }
    assert {"BucketPolicy prod-issuer", "BucketObjectv2 prod-issuer-keys"} <= (
        deployment.resources["OpenIdConnectProvider prod-issuer"].waits_for
    )


def test_control_planes_find_the_url_by_a_parameter_that_workers_cannot_read(deploy, key):
    parameter = deploy(issuer(key)).one("Parameter")

    assert (parameter["name"], parameter["type"], parameter["value"]) == (
        "/dualstack/prod/control-plane/issuer",
        "String",
        URL,
    )


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_bucket_stays_because_its_name_is_in_every_token(deploy, key, protect):
    deployment = deploy(issuer(key, protect=protect))

    assert deployment.resources["Bucket prod-issuer"].protect is protect


@pytest.mark.parametrize(
    "text",
    ["", "ssh-rsa AAAAB3NzaC1yc2E", pem(ec.generate_private_key(ec.SECP256R1()))],
    ids=["nothing", "ssh", "elliptic curve"],
)
def test_a_text_that_is_no_rsa_key_is_refused_with_the_place_of_one(deploy, text):
    given = {"cluster_name": "prod", "public_keys": [text]}

    with untraced(), pytest.raises(pulumi.RunError) as error:
        deploy(lambda: ServiceAccountIssuer("prod", given))

    assert str(error.value) == (
        "publicKeys: one is not an RSA public key in PEM; give the public key of /etc/kubernetes/pki/sa.pub, like "
        "service_account_public_key of Identity"
    )
