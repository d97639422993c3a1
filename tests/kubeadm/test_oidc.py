"""A real API server takes the tokens of an issuer with an authority of its own, and makes users and groups of them."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.facts.versions import MINORS, NEWEST
from components.machine.api_server import api_server_parts
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster
from tests.kubeadm.sandbox import sandbox

MINOR = MINORS[NEWEST].name
LAST_WITH_FLAGS = "1.29"
URL = "https://127.0.0.1:8443/people"
SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
KEY = rsa.generate_private_key(65537, 2048)


def certificate() -> tuple[str, str]:
    """The issuer's certificate, which it has signed itself, and with its key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(KEY, hashes.SHA256())
    )
    text = made.public_bytes(Encoding.PEM).decode()
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text, text + key


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def keys() -> str:
    """The issuer's public key, as a client reads it."""
    numbers = KEY.public_key().public_numbers()
    n, e = (
        encoded(number.to_bytes(size, "big")) for number, size in ((numbers.n, 256), (numbers.e, 3))
    )
    return json.dumps(
        {"keys": [{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": n, "e": e}]}
    )


def token(**claims: Any) -> str:
    """A token of the issuer, for the cluster's client if the claims do not say another."""
    head = {"alg": "RS256", "kid": "1", "typ": "JWT"}
    body = {"iss": URL, "aud": "kubernetes", "exp": int(time.time()) + 3600, "team": "x", **claims}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, body))
    signature = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encoded(signature)}"


def issuer(authority: str) -> dict[str, Any]:
    return {
        "url": URL,
        "clientId": "kubernetes",
        "usernameClaim": "email",
        "groupsClaim": "groups",
        "requiredClaims": {"team": "x"},
        "ca": authority,
    }


@pytest.fixture(scope="module", params=["file", "flags"])
def plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """An API server that is given the issuer by a file, or by the flags of the last minor that is given them."""
    authority, own = certificate()
    given: dict[str, Any] = {"oidc": {"issuers": [issuer(authority)]}}
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "issuer.pem").write_text(own)
    (folder / "keys.json").write_text(keys())
    with sandbox(folder / "machine") as machine:
        made = ControlPlane(machine, MINOR, "10.0.0.10")
        made.prepare(cluster(MINOR, "IPv4 first", **(given if request.param == "file" else {})))
        if request.param == "flags":
            of_flags = api_server_parts(cluster(LAST_WITH_FLAGS, "IPv4 first", **given))
            [part] = [one for one in of_flags if "oidc-issuer-url" in one.arguments]
            for path, text in part.files.items():
                machine.write(path.removeprefix("/etc/"), text)
            made.further = [f"--{flag}={value}" for flag, value in part.arguments.items()]
        script = Path(__file__).with_name("issuer.py")
        log = folder / "issuer.log"
        machine.start_beside(
            log, str(script), URL, str(folder / "issuer.pem"), str(folder / "keys.json")
        )
        made.wait_for("the issuer", lambda: "ready" in log.read_text())
        made.start("kube-apiserver")
        # It reads the issuer's keys some seconds after it is ready.
        made.wait_for(
            "the first token to be taken", lambda: user(made, token(email="a")) is not None
        )
        yield made


def user(plane: ControlPlane, bearer: str) -> dict[str, Any] | None:
    """Who the API server says that the bearer of a token is; None if it takes no such token."""
    status, answer = plane.request_as(bearer, "POST", SELF, REVIEW)
    assert status in {201, 401}, answer
    return json.loads(answer)["status"]["userInfo"] if status == 201 else None


def test_a_token_is_a_user_with_groups_behind_their_prefixes(plane):
    found = user(plane, token(email="ann@example.com", groups=["admins", "system:masters"]))

    assert found is not None
    assert found["username"] == "oidc:ann@example.com"
    assert sorted(found["groups"]) == ["oidc:admins", "oidc:system:masters", "system:authenticated"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "https://127.0.0.1:8443/others"},
        {"exp": 1},
        {"team": "y"},
        {"email_verified": False},
    ],
    ids=["audience", "issuer", "past", "claim", "unverified"],
)
def test_a_token_that_is_for_another_or_by_another_or_past_is_refused(plane, claims):
    assert user(plane, token(email="ann@example.com", **claims)) is None


def test_a_token_that_somebody_has_changed_is_refused(plane):
    head, _, signature = token(email="ann@example.com").split(".")
    body = encoded(
        json.dumps(
            {"iss": URL, "aud": "kubernetes", "exp": 9999999999, "team": "x", "email": "eve"}
        ).encode()
    )

    assert user(plane, f"{head}.{body}.{signature}") is None
