"""Keys, as the tls provider makes and writes them."""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from .resource_type import Made, Properties, RefusedError, Stored

CURVES: dict[str, ec.EllipticCurve] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}


class PrivateKey(Stored):
    """A key pair; the private half is secret in every form."""

    engine_type = "tls:index/privateKey:PrivateKey"
    secrets = frozenset({"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"})
    computed = secrets | {
        *("publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5"),
        "publicKeyFingerprintSha256",
    }
    defaults = {"rsaBits": 2048, "ecdsaCurve": "P224"}

    def create(self, session: Any, inputs: Properties) -> Made:
        key = _new_key(self.defaults | inputs)
        public = key.public_key()
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        outputs = {
            "privateKeyPem": _private(key, _native_format(key)),
            "privateKeyPemPkcs8": _private(key, serialization.PrivateFormat.PKCS8),
            "publicKeyPem": public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ).decode(),
        }
        return Made(hashlib.sha1(der).hexdigest(), outputs | _openssh(key))  # noqa: S324 an identity


def algorithm_of(key: Any) -> str:
    """The name of a key's algorithm, as the provider writes it."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def load_key(pem: str, of: str) -> Any:
    """The key in a PEM text."""
    try:
        # It was made here: to look whether its numbers are prime would take longer than all that is done with it.
        return serialization.load_pem_private_key(
            pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
        )
    except ValueError:
        raise RefusedError(f"{of} holds no private key in PEM") from None


def _new_key(inputs: Properties) -> Any:
    algorithm = inputs["algorithm"]
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=inputs["rsaBits"])
    if algorithm == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    curve = CURVES.get(inputs["ecdsaCurve"])
    if algorithm != "ECDSA" or curve is None:
        raise RefusedError(
            f"algorithm {algorithm} with curve {inputs['ecdsaCurve']} is none that keys can have: "
            f"RSA, ED25519, or ECDSA with one of {', '.join(CURVES)}"
        )
    return ec.generate_private_key(curve)


def _native_format(key: Any) -> serialization.PrivateFormat:
    native = isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    formats = serialization.PrivateFormat
    return formats.TraditionalOpenSSL if native else formats.PKCS8


def _private(key: Any, written_as: serialization.PrivateFormat) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, written_as, serialization.NoEncryption()
    ).decode()


def _openssh(key: Any) -> Properties:
    """The forms that SSH reads, which it has not for the smallest curve."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return {
            "privateKeyOpenssh": "",
            "publicKeyOpenssh": "",
            "publicKeyFingerprintMd5": "",
            "publicKeyFingerprintSha256": "",
        }
    line = (
        key.public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
    )
    blob = base64.b64decode(line.split()[1])
    md5 = hashlib.md5(blob).hexdigest()  # noqa: S324 the form SSH shows
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {
        "privateKeyOpenssh": _private(key, serialization.PrivateFormat.OpenSSH),
        "publicKeyOpenssh": f"{line}\n",
        "publicKeyFingerprintMd5": ":".join(md5[i : i + 2] for i in range(0, 32, 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }
