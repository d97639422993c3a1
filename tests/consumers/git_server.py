"""A git server on loopback, over HTTPS with a certificate of its own: a team's forge, as far as fetching goes."""

import datetime
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from random import SystemRandom

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PORT = 443
"""The engine does not understand an address with a port: `pulumi package add` ends with a panic."""


class Handler(BaseHTTPRequestHandler):
    """Answers with what git's own CGI program says."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.body())

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        variables = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env={"PATH": os.environ["PATH"], **variables},
            stdout=subprocess.PIPE,
            check=True,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name of the base class
        """Tests print what matters."""


@contextmanager
def git_server(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve the bare repositories below a root; its address, and the certificates that a client shall trust."""
    # Another server may have the port on another address of loopback.
    address = str(IPv4Address("127.64.0.0") + SystemRandom().randrange(1, 2**22))
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _sign(address, certificate, key)
    trusted = folder / "trusted.pem"
    known = ssl.get_default_verify_paths().cafile
    trusted.write_text((Path(known).read_text() if known else "") + certificate.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    try:
        server = ThreadingHTTPServer((address, PORT), type("Served", (Handler,), {"root": root}))
    except PermissionError:
        pytest.fail(
            f"this user may not serve on port {PORT}; run this as root, or allow it: "
            f"sysctl net.ipv4.ip_unprivileged_port_start={PORT}"
        )
    # Each connection shakes hands in its own thread, at its first read: a slow one keeps no other waiting.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://{address}", trusted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def publish(checkout: Path, repository: Path, tag: str) -> None:
    """Make a bare repository whose one commit is the last of a checkout, with a tag."""

    def git(*words: str) -> str:
        author = {"GIT_AUTHOR_NAME": "A team", "GIT_AUTHOR_EMAIL": "team@example.com"}
        committer = {name.replace("AUTHOR", "COMMITTER"): value for name, value in author.items()}
        done = subprocess.run(
            ["git", *words],
            cwd=repository,
            env={**os.environ, **author, **committer},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    repository.mkdir(parents=True)
    git("init", "--bare", "--quiet", "--initial-branch", "main")
    git("fetch", "--quiet", "--depth", "1", f"file://{checkout}", "HEAD")
    commit = git("commit-tree", "FETCH_HEAD^{tree}", "-m", f"Release {tag}")
    git("update-ref", "refs/heads/main", commit)
    git("tag", tag, commit)


def _sign(address: str, certificate: Path, key: Path) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A forge")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(IPv4Address(address))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
