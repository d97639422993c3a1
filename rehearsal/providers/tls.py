"""The stand-in for the tls provider."""

from .certificates import CertRequest, LocallySignedCert, SelfSignedCert
from .keys import PrivateKey
from .provider import Provider


def tls_provider() -> Provider:
    """Serves keys and certificates, which are made here as they would be made there."""
    return Provider("tls", [PrivateKey(), SelfSignedCert(), CertRequest(), LocallySignedCert()], {})
