"""A real API server and controller manager: a kubelet asks for a certificate to serve with, and a control plane's own program decides."""

import base64
import datetime
import ipaddress
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from components.facts.versions import MINORS, NEWEST
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster
from tests.kubeadm.sandbox import sandbox

MINOR = MINORS[NEWEST].name
PROGRAMS = Path(__file__).parents[2] / "templates/node"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SIGNER = "kubernetes.io/kubelet-serving"
NODE = "i-0123456789abcdef0"
USER = f"system:node:{NODE}"
OWN = [NODE, f"{NODE}.eu-west-1.compute.internal", "10.0.16.7", "2a05:d018::7"]

PROGRAM = """
import json, sys
import kubelet_certificates
from own_api import own_api

class Ec2:
    def known(self, instance):
        return {*json.loads(sys.argv[1])}

with own_api({"apiPort": 6443, "primaryFamily": "IPv4"}, {"@NODE_IPV4@": "10.0.0.10"}) as api:
    kubelet_certificates.look(api, Ec2(), {})
"""
"""A control plane's program, with names and addresses of the test in the place of EC2's."""


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane that knows the Node of a kubelet."""
    with sandbox(tmp_path_factory.mktemp("kubelets")) as machine:
        made = ControlPlane(machine, MINOR, "10.0.0.10")
        made.prepare(cluster(MINOR, "IPv4 first"))
        made.let_administrator_in()
        made.start()
        made.ask("POST", "/api/v1/nodes", {"metadata": {"name": NODE}})
        known = made.ask("GET", f"/api/v1/nodes/{NODE}")
        known["status"]["addresses"] = [
            {"type": "Hostname" if name in OWN[:2] else "InternalIP", "address": name}
            for name in OWN[1:]
        ] + [{"type": "InternalDNS", "address": NODE}]
        made.ask("PUT", f"/api/v1/nodes/{NODE}/status", known)
        yield made


def signed_by_the_cluster(plane: ControlPlane, builder: x509.CertificateBuilder) -> str:
    """A certificate of the cluster's authority."""
    folder = plane.machine.folder / "etc/kubernetes/pki"
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        builder.issuer_name(authority.subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())  # pyright: ignore[reportArgumentType] (kubeadm makes RSA keys)
    )
    return made.public_bytes(Encoding.PEM).decode()


def as_kubelet(plane: ControlPlane, name: str) -> str:
    """A kubeconfig of the kubelet of a Node, as a kubelet's first request for itself gives it."""
    key = ec.generate_private_key(ec.SECP256R1())
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    certificate = signed_by_the_cluster(
        plane,
        x509.CertificateBuilder()
        .subject_name(subject(name))
        .public_key(key.public_key())
        .add_extension(client, critical=False),
    )
    found = (plane.machine.folder / "etc/kubernetes/super-admin.conf").read_text()
    config = yaml.safe_load(found)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    config["users"][0]["user"] = {
        "client-certificate-data": base64.b64encode(certificate.encode()).decode(),
        "client-key-data": base64.b64encode(private).decode(),
    }
    path = plane.machine.folder / f"{name}.conf"
    path.write_text(yaml.safe_dump(config))
    return str(path)


def subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"system:node:{name}"),
        ]
    )


def asks(plane: ControlPlane, request: str, names: list[str], node: str = NODE) -> str:
    """Have the kubelet of a Node ask for a certificate of that machine; the answer of the API."""
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject(NODE))
        .add_extension(x509.SubjectAlternativeName([*map(alternative, names)]), critical=False)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    body = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": request},
        "spec": {
            "request": base64.b64encode(made.public_bytes(Encoding.PEM)).decode(),
            "signerName": SIGNER,
            "usages": ["digital signature", "server auth"],
        },
    }
    script = str(Path(__file__).with_name("ask_api.py"))
    words = script, as_kubelet(plane, node), plane.address, "POST", REQUESTS
    return plane.machine.run_beside(sys.executable, *words, given=json.dumps(body)).output


def alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def decide(plane: ControlPlane) -> str:
    """Let the control plane's program look once; what it says."""
    environment = f"DUALSTACK_ROOT={plane.machine.folder}", f"PYTHONPATH={PROGRAMS}"
    done = plane.machine.run_beside(
        *("env", *environment, "PYTHONDONTWRITEBYTECODE=1"),
        *(sys.executable, "-c", PROGRAM, json.dumps(OWN)),
    )
    assert done.status == 0, done.output
    return done.output


def status(plane: ControlPlane, request: str) -> dict[str, Any]:
    return plane.ask("GET", f"{REQUESTS}/{request}")["status"]


def test_a_kubelet_gets_a_certificate_of_its_own_names_and_addresses_in_both_families(plane):
    assert asks(plane, "own", OWN).startswith("201\n")

    said = decide(plane)
    plane.wait_for("the signature", lambda: "certificate" in status(plane, "own"))

    pem = base64.b64decode(status(plane, "own")["certificate"])
    made = x509.load_pem_x509_certificate(pem)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    authority = (plane.machine.folder / "etc/kubernetes/pki/ca.crt").read_bytes()
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    assert "approved own" in said
    assert {str(name.value) for name in names} == {*OWN}
    assert [*usages] == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("foreign", ["10.0.16.8", "fd00:aa::8", "kubernetes.default.svc"])
def test_a_kubelet_that_asks_for_more_is_denied_and_nothing_is_signed(plane, foreign):
    request = f"with-{foreign.replace(':', '-')}"
    assert asks(plane, request, [*OWN, foreign]).startswith("201\n")

    decide(plane)

    found = status(plane, request)
    [condition] = found["conditions"]
    assert (condition["type"], condition["message"]) == ("Denied", f"{NODE} has no {foreign}")
    assert "certificate" not in found


def test_the_api_itself_refuses_that_a_kubelet_asks_in_the_name_of_another(plane):
    said = asks(plane, "stolen", OWN, node="i-0fedcba9876543210")

    assert said.startswith("403\n")
    assert "can only create a node CSR with CN=system:node:i-0fedcba9876543210" in said


def test_a_request_that_is_decided_on_is_left_alone(plane):
    assert decide(plane) == ""
