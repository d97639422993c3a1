"""Waiting for an API server: what counts as an answer, and what a person is told when there is none."""

import asyncio
import base64
import http.server
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import pulumi
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from components import readiness
from components.readiness import answers, obstacle, once_ready


def authority():
    """A certificate authority that is its own server's certificate, for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class Api(http.server.BaseHTTPRequestHandler):
    """An API server that is asked whether it is ready."""

    statuses: list[int]

    def do_GET(self):
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.send_response(status if self.path == "/readyz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def api(tmp_path):
    """Starts an API server that answers with these statuses in turn; where it is and its authority."""
    certificate, key = authority()
    (tmp_path / "pair.pem").write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    servers = []

    def start(*statuses: int) -> tuple[str, str]:
        kind = type("Started", (Api,), {"statuses": list(statuses)})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"https://127.0.0.1:{server.server_port}", certificate

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def deploying(monkeypatch):
    """Not a preview, and quick; what a person is told meanwhile."""
    said = []
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    monkeypatch.setattr(readiness, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(pulumi.log, "info", said.append)
    return said


def kubeconfig(server: str, certificate: str) -> str:
    data = base64.b64encode(certificate.encode()).decode()
    cluster = {"server": server, "certificate-authority-data": data}
    return yaml.safe_dump({"clusters": [{"name": "dev", "cluster": cluster}]})


@pytest.mark.parametrize(
    ("status", "counts"), [(200, True), (401, True), (403, True), (500, False), (503, False)]
)
def test_an_api_answers_when_it_is_ready_or_wants_to_know_who_asks(api, status, counts):
    assert answers(*api(status)) is counts


def test_a_server_of_another_authority_is_no_answer(api):
    server, _ = api(200)
    stranger, _ = authority()

    assert not answers(server, stranger)


def test_where_nothing_listens_there_is_no_answer(api):
    _, certificate = api(200)

    assert not answers("https://127.0.0.1:1", certificate)


def test_the_kubeconfig_is_given_once_the_api_is_ready(api, deploying):
    server, certificate = api(500, 503, 200)
    given = kubeconfig(server, certificate)

    assert asyncio.run(once_ready(given)) == given
    assert deploying == [
        f"waiting until {server} answers, 30 minutes at most: it accepts connections and is not ready yet"
    ]


def test_the_wait_says_every_minute_for_what_and_for_how_long_yet(deploying, monkeypatch):
    clock = iter(range(0, 10_000, 50))
    monkeypatch.setattr(readiness, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(readiness, "answers", lambda *_: len(deploying) == 3)
    monkeypatch.setattr(readiness, "obstacle", lambda _: "nothing listens there yet")

    asyncio.run(once_ready(kubeconfig("https://api.example.com:6443", "authority")))

    assert deploying == [
        f"waiting until https://api.example.com:6443 answers, {left} minutes at most: nothing listens there yet"
        for left in (30, 28, 26)
    ]


def unreachable(*_, **__):
    raise TimeoutError


def resolves_to(*addresses):
    return lambda host, port, **_: [(0, 0, 0, "", (address, port)) for address in addresses]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (
            ["10.0.0.7", "fd00::7"],
            "no packet comes back from 10.0.0.7, fd00::7: it is inside the VPC, and this machine may be outside",
        ),
        (
            ["8.8.8.8"],
            "no packet comes back from 8.8.8.8: no control plane serves it yet, or its allowed CIDRs leave this machine out",
        ),
    ],
)
def test_an_api_that_cannot_be_reached_is_told_from_one_that_is_not_ready(
    monkeypatch, addresses, expected
):
    monkeypatch.setattr(readiness.socket, "getaddrinfo", resolves_to(*addresses))
    monkeypatch.setattr(readiness.socket, "create_connection", unreachable)

    assert obstacle("https://api.example.com:6443") == expected


def test_a_name_without_an_address_and_a_closed_port_are_told_apart(monkeypatch):
    assert obstacle("https://127.0.0.1:1") == "nothing listens there yet"

    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(readiness.socket, "getaddrinfo", unknown)

    assert obstacle("https://api.example.com:6443") == "its name has no address yet"


def test_an_api_that_is_ready_is_not_spoken_of(api, deploying):
    asyncio.run(once_ready(kubeconfig(*api(200))))

    assert deploying == []


def test_an_api_that_never_answers_is_named_with_what_to_look_at(api, deploying, monkeypatch):
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.1)
    server, certificate = api(500)

    with pytest.raises(pulumi.RunError) as error:
        asyncio.run(once_ready(kubeconfig(server, certificate)))

    assert str(error.value).startswith(
        f"{server} did not answer for 0.0 minutes: it accepts connections and is not ready yet. Each control plane"
    )
    assert "its allowed CIDRs" in str(error.value)
