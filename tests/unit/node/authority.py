"""A certificate authority as Pulumi makes one, and certificates as kubeadm makes them."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass
class Authority:
    """One authority."""

    certificate: str
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    @classmethod
    def made(cls) -> "Authority":
        """A new one, without key identifiers, as some are."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("kubernetes")
        made = (
            _builder(name, name, key.public_key(), days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(made.public_bytes(serialization.Encoding.PEM).decode(), key, name)

    def server_files(self, folder: Path, *names: str, days: int = 365) -> tuple[Path, Path]:
        """A certificate and its key for names and addresses, good for a server and a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(self.name, _name(names[0]), key.public_key(), days)
            .add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), False
            )
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                False,
            )
            .sign(self.key, hashes.SHA256())
        )
        folder.mkdir(parents=True, exist_ok=True)
        certificate, private = folder / f"{names[0]}.crt", folder / f"{names[0]}.key"
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )
