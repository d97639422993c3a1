"""The hosts outside that jobs call by their own names, played on this machine behind a proxy."""

import datetime
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

API = "api.github.com"
STS = "sts.eu-central-1.amazonaws.com"
"""Its client in the Pulumi command line takes no other address while it exchanges a job's token."""

PASSED_ON = ("Authorization", "Content-Type", "Accept")


class Relay(BaseHTTPRequestHandler):
    """Answers for a host by asking who plays it."""

    player: str

    def do_GET(self):
        length = int(self.headers.get("Content-Length", "0"))
        request = urllib.request.Request(
            f"{self.player}{self.path}",
            data=self.rfile.read(length) or None,
            headers={name: self.headers[name] for name in PASSED_ON if name in self.headers},
            method=self.command,
        )
        try:
            with urllib.request.urlopen(request) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def do_PATCH(self):
        self.do_GET()

    def log_message(self, *args):
        """Log nothing."""


class Proxy(BaseHTTPRequestHandler):
    """Opens no way but to the hosts that are played."""

    players: Mapping[str, str]
    context: ssl.SSLContext

    def do_CONNECT(self):
        host = re.sub(r":443$", "", self.path)
        if host not in self.players:
            self.send_error(502, f"{host} is not rehearsed")
            return
        self.send_response(200)
        self.end_headers()
        relay = type("Relay", (Relay,), {"player": self.players[host]})
        with self.context.wrap_socket(self.connection, server_side=True) as private:
            relay(private, self.client_address, self.server)
        self.close_connection = True

    def log_message(self, *args):
        """Log nothing."""


def start(players: Mapping[str, str], certificate: Path) -> ThreadingHTTPServer:
    """Listen on a free port of the loopback interface, in a thread. Clients must trust the file with the certificate."""
    private = certificate.with_suffix(".key")
    write_certificate(list(players), certificate, private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    handler = type("Proxy", (Proxy,), {"players": players, "context": context})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def write_certificate(hosts: list[str], certificate: Path, private: Path) -> None:
    """A certificate for these hosts, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "outside")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, hosts)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
