"""What the probe of the live tests counts."""

import http.server
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.live.probe import PER_SECOND, Reckoning, ask_api, keep_asking
from tests.live.under_probe import Figures, lost
from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parent.parent.parent


class Server:
    """A server that notes what it is asked, and answers with one status."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status = 200
        self.asked: list[tuple[str, str, bytes, int]] = []
        noted = threading.Semaphore(0)
        self._noted, server = noted, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append((self.command, self.path, body, self.client_address[1]))
                self.send_response(server.status)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"good")
                noted.release()

            def do_PATCH(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._served.daemon_threads = True
        if tls:
            self._served.socket = tls.wrap_socket(self._served.socket, server_side=True)
        self.port = self._served.server_address[1]
        threading.Thread(target=self._served.serve_forever, daemon=True).start()

    def wait_for(self, requests: int) -> None:
        for _ in range(requests):
            assert self._noted.acquire(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self._served.shutdown()
        self._served.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def target(name: str, port: int, **other: object) -> dict:
    place = {"address": "127.0.0.1", "port": port, "network": "", "server": ""}
    return {"name": name, **place, "writes": False, "per_second": PER_SECOND, **other}


@pytest.fixture
def probe() -> Iterator[subprocess.Popen]:
    words = [sys.executable, "-m", "tests.live.probe"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=CHECKOUT, **pipes) as process:
        yield process
        process.kill()


def begin(process: subprocess.Popen, *targets: dict) -> None:
    process.stdin.write(json.dumps({"targets": targets}) + "\n")
    process.stdin.flush()


def test_the_longest_gap_lies_between_two_good_answers():
    reckoning = Reckoning(began=100.0)

    reckoning.answered(100.5)
    reckoning.failed(101.0, "refused")
    reckoning.failed(102.0, "refused")
    reckoning.answered(102.25)
    reckoning.answered(102.5)

    assert reckoning.end(103.0) == {
        "requests": 5,
        "failures": 2,
        "longest_gap": 1.75,
        "reasons": ["second 1.0: refused", "second 2.0: refused"],
        "written": 0,
    }


def test_a_target_that_stops_answering_has_a_gap_until_the_end():
    reckoning = Reckoning(began=0.0)

    reckoning.answered(1.0)
    reckoning.failed(2.0, "refused")

    assert reckoning.end(9.0)["longest_gap"] == 8.0


def test_of_many_failures_the_first_five_are_shown():
    reckoning = Reckoning(began=0.0)

    for second in range(7):
        reckoning.failed(second, "refused")

    figures = reckoning.end(7.0)
    assert figures["failures"] == 7
    assert [reason.split(":")[0] for reason in figures["reasons"]] == [
        "second 0.0",
        "second 1.0",
        "second 2.0",
        "second 3.0",
        "second 4.0",
    ]


def test_the_probe_ends_with_the_one_that_began_it_and_says_what_came(probe, server):
    begin(probe, target("good", server.port))
    server.wait_for(3)
    said, _ = probe.communicate()

    figures = json.loads(said)["good"]
    assert (figures["requests"], figures["failures"]) == (len(server.asked), 0)
    # Each question has a connection of its own.
    assert len({port for *_, port in server.asked}) == len(server.asked)


def test_another_answer_than_a_good_one_is_a_failure(probe, server):
    server.status = 503
    begin(probe, target("bad", server.port))
    server.wait_for(2)
    said, _ = probe.communicate()

    figures = json.loads(said)["bad"]
    assert figures["failures"] == figures["requests"] == len(server.asked)
    assert "ValueError: 503 good" in figures["reasons"][0]


def test_a_target_where_nothing_listens_fails_and_the_others_go_on(probe, server):
    begin(probe, target("good", server.port), target("none", 1))
    server.wait_for(2)
    said, _ = probe.communicate()

    figures = json.loads(said)
    assert figures["good"]["failures"] == 0
    assert figures["none"]["failures"] == figures["none"]["requests"] > 0
    assert "ConnectionRefusedError" in figures["none"]["reasons"][0]


def test_the_api_is_asked_by_its_name_with_the_certificate_of_its_authority(probe, tmp_path):
    authority = made_for("authority")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    load(tls, made_for("api.example.com", by=authority), tmp_path)
    client = made_for("admin", by=authority)
    server = Server(tls)
    asked = {
        "credentials": {
            "authority": authority.certificate,
            "certificate": client.certificate,
            "key": client.key,
        },
        "targets": [
            target("API read", server.port, server="api.example.com"),
            target("API at another name", server.port, server="other.example.com"),
        ],
    }
    probe.stdin.write(json.dumps(asked) + "\n")
    probe.stdin.flush()
    server.wait_for(2)
    said, _ = probe.communicate()
    server.close()

    good, bad = json.loads(said).values()
    assert (good["requests"] > 0, good["failures"]) == (True, 0)
    assert bad["failures"] == bad["requests"] > 0
    assert "Hostname mismatch" in bad["reasons"][0]


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str


def made_for(name: str, by: Identity | None = None) -> Identity:
    """A certificate for a name, of an authority or of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = subject, key
    if by:
        issuer = x509.load_pem_x509_certificate(by.certificate.encode()).subject
        signer = serialization.load_pem_private_key(by.key.encode(), None)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return Identity(
        made.public_bytes(pem).decode(),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain).decode(),
    )


def load(tls: ssl.SSLContext, identity: Identity, folder: Path) -> None:
    for name, text in (("certificate", identity.certificate), ("key", identity.key)):
        (folder / name).write_text(text)
    tls.load_cert_chain(folder / "certificate", folder / "key")


def test_writes_are_numbered_and_a_connection_serves_one_second(server):
    reckoning, stopping = Reckoning(began=0.0), threading.Event()
    api = target("api", server.port, writes=True, key="ipv4-0", per_second=10)
    ask = ask_api(api, tls=None)

    def one_more(number: int) -> None:
        ask(number)
        if number == 11:
            stopping.set()

    keep_asking(api, one_more, reckoning, stopping)

    assert reckoning.written == 11
    assert server.asked[0][:3] == (
        "PATCH",
        "/api/v1/namespaces/default/configmaps/probe",
        b'{"data": {"ipv4-0": "1"}}',
    )
    connections = [port for *_, port in server.asked]
    assert len(set(connections[:10])) == 1
    assert len(set(connections)) == 2


def told(requests: int, failures: int, longest_gap: float, *reasons: str) -> dict:
    return {
        "requests": requests,
        "failures": failures,
        "longest_gap": longest_gap,
        "reasons": list(reasons),
    }


def test_targets_of_one_name_are_counted_together_and_shown_for_people():
    figures = Figures(
        {
            "Service 10.96.0.7": told(1200, 0, 0.21),
            "Service fd00::7": told(1100, 2, 1.5, "second 3.0: refused", "second 4.0: refused"),
            "API read 198.18.0.1": told(600, 0, 0.1),
            "API write 198.18.0.1": told(600, 0, 0.125),
        },
        ["ConfigMap/default/written"],
    )

    assert figures.of("Service") == (2300, 2, 1.5)
    assert figures.of("API") == (1200, 0, 0.125)
    assert figures.failures("") == [
        "Service fd00::7: second 3.0: refused",
        "Service fd00::7: second 4.0: refused",
    ]
    assert str(figures).splitlines() == [
        "Service: 2 of 2,300 failed, longest gap 1.50 s",
        "        Service fd00::7: second 3.0: refused",
        "        Service fd00::7: second 4.0: refused",
        "    API read: 0 of 600 failed, longest gap 0.10 s",
        "    API write: 0 of 600 failed, longest gap 0.12 s",
        "    lost: ConfigMap/default/written",
    ]


def test_an_object_that_was_made_again_is_lost_and_a_new_one_is_not():
    before = {"ConfigMap/default/kept": "1", "ConfigMap/default/again": "2", "Service/a/gone": "3"}
    after = {"ConfigMap/default/kept": "1", "ConfigMap/default/again": "4", "Service/b/new": "5"}

    assert lost(before, after) == ["ConfigMap/default/again", "Service/a/gone"]
