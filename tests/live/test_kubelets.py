"""API servers send logs and commands to no kubelet whose certificate is not of the cluster."""

import datetime
import ipaddress
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from rehearsal.machines.machine import Machine
from rehearsal.machines.shell import LiveError
from tests.live.cluster import eventually, internal_addresses

UNIT = "of-the-test-of-kubelets"
FILE = f"/run/{UNIT}"
SERVER = f"""
import http.server, socket, ssl

class Kubelet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the words of a stranger")

class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("{FILE}")
server = Server(("::", 10250), Kubelet)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
"""Answers everybody at the kubelet's port, in both families."""


def test_logs_are_asked_of_no_kubelet_that_signs_for_itself(cluster):
    node = cluster.nodes("worker")[0]
    machine = cluster.machine(node)
    name = node["metadata"]["name"]
    [pod, *_] = cluster.get(
        "pods",
        "--namespace=kube-system",
        "--selector=k8s-app=kube-proxy",
        f"--field-selector=spec.nodeName={name}",
    )["items"]
    logs = "logs", pod["metadata"]["name"], "--namespace=kube-system", "--tail=1"

    before = cluster.api.run(*logs)
    with (
        in_place_of_the_kubelet(machine, internal_addresses(node)),
        pytest.raises(LiveError) as refused,
    ):
        cluster.api.run(*logs)
    assert eventually(lambda: cluster.api.run(*logs))

    assert before
    assert "x509: certificate signed by unknown authority" in str(refused.value)
    assert "the words of a stranger" not in str(refused.value)
    assert eventually(lambda: cluster.all_ready(len(cluster.nodes())))


@contextmanager
def in_place_of_the_kubelet(machine: Machine, addresses: list[str]) -> Iterator[None]:
    """Have a server with a certificate of its own for the machine's addresses answer at the kubelet's port until the block ends."""
    leader = machine.leader
    assert leader is not None
    machine.run("systemctl", "stop", "kubelet")
    write = f"umask 077; cat > {FILE}"
    subprocess.run(
        machine.entered(leader, "sh", "-c", write), input=_signed_for(addresses), check=True
    )
    machine.run("systemd-run", f"--unit={UNIT}", "--collect", "python3", "-c", SERVER)
    try:
        assert eventually(lambda: _listens(machine))
        yield
    finally:
        machine.run("sh", "-c", f"systemctl stop {UNIT}; rm {FILE}")
        machine.run("systemctl", "start", "kubelet")


def _listens(machine: Machine) -> bool:
    ask = "curl -gsk --max-time 2 https://[::1]:10250/ || true"
    return machine.run("sh", "-c", ask) == "the words of a stranger"


def _signed_for(addresses: list[str]) -> bytes:
    """A key, and a certificate for these addresses that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a-kubelet-of-its-own")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + made.public_bytes(Encoding.PEM)
