"""The public documents of an issuer of tokens: with them anybody checks a token of a cluster's ServiceAccounts.

https://openid.net/specs/openid-connect-discovery-1_0.html
https://www.rfc-editor.org/rfc/rfc7517
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pulumi

from .facts.issuer_paths import KEYS

RSA = bytes.fromhex("2a864886f70d010101")
"""The identifier of the RSA algorithm in a public key (RFC 8017, appendix C)."""


def configuration(issuer: str) -> str:
    """What the issuer is: the same document as an API server serves.

    https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
    """
    return json.dumps(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/{KEYS}",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def key_set(public_keys: Sequence[str]) -> str:
    """The keys with which tokens are signed, from their PEM. A `RunError` for one that is not an RSA public key."""
    return json.dumps({"keys": [_key(pem) for pem in public_keys]})


def _key(pem: str) -> dict[str, Any]:
    try:
        der = base64.b64decode("".join(line for line in pem.split("\n") if "-----" not in line))
        modulus, exponent = _numbers(der)
    except (ValueError, IndexError):
        raise pulumi.RunError(
            "publicKeys: one is not an RSA public key in PEM; give the public key of /etc/kubernetes/pki/sa.pub, like "
            "service_account_public_key of Identity"
        ) from None
    return {
        "use": "sig",
        "kty": "RSA",
        # As the API server computes it for the header of a token: keyIDFromPublicKey in pkg/serviceaccount/jwt.go of Kubernetes.
        "kid": _encoded(hashlib.sha256(der).digest()),
        "alg": "RS256",
        "n": _encoded(modulus.lstrip(b"\0")),
        "e": _encoded(exponent.lstrip(b"\0")),
    }


def _numbers(der: bytes) -> tuple[bytes, bytes]:
    """The modulus and the exponent of an RSA public key (RFC 5280, 4.1; RFC 8017, appendix A.1.1)."""
    [whole] = _values(der)
    [algorithm, bits] = _values(whole)
    if _values(algorithm)[0] != RSA:
        raise ValueError("another algorithm")
    # The first byte of a bit string is the number of bits that its last byte has too many.
    [key] = _values(bits[1:])
    [modulus, exponent] = _values(key)
    return modulus, exponent


def _values(der: bytes) -> list[bytes]:
    """The values that stand one after the other in DER, each as its content."""
    found: list[bytes] = []
    while der:
        length, start = der[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[2:start])
        if len(der) < start + length:
            raise ValueError("it ends early")
        found.append(der[start : start + length])
        der = der[start + length :]
    return found


def _encoded(content: bytes) -> str:
    """Base64 for URLs without padding, as in tokens."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
