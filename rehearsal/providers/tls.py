"""The stand-in for the tls provider: keys, certificate requests and certificates, generated in this process."""

import hashlib
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Extended
from cryptography.x509.oid import NameOID

from .provider import Provider
from .resource_type import Made, Properties, ProviderError, Stored

ALGORITHM = "RSA"
"""The only algorithm of keys here: the program asks for no other."""

SUBJECT = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}

USES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
"""Uses of a key: the provider's names, and those of the library."""

EXTENDED_USES = {
    "any_extended": Extended.ANY_EXTENDED_KEY_USAGE,
    "server_auth": Extended.SERVER_AUTH,
    "client_auth": Extended.CLIENT_AUTH,
    "code_signing": Extended.CODE_SIGNING,
    "email_protection": Extended.EMAIL_PROTECTION,
    "timestamping": Extended.TIME_STAMPING,
    "ocsp_signing": Extended.OCSP_SIGNING,
}

COMPUTED = frozenset({"certPem", "readyForRenewal", "validityStartTime", "validityEndTime"})


class PrivateKeyResource(Stored):
    """An RSA key pair. The private half is secret in both of its forms, PKCS #1 and PKCS #8."""

    engine_type = "tls:index/privateKey:PrivateKey"
    secrets = frozenset({"privateKeyPem", "privateKeyPemPkcs8"})
    computed = secrets | {"publicKeyPem"}
    defaults = {"rsaBits": 2048}

    def create(self, session: Any, inputs: Properties) -> Made:
        if inputs["algorithm"] != ALGORITHM:
            raise ProviderError(
                f"algorithm {inputs['algorithm']} is not served by the rehearsal; choose {ALGORITHM}"
            )
        bits = inputs.get("rsaBits") or self.defaults["rsaBits"]
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        public = key.public_key()
        of_public = serialization.PublicFormat.SubjectPublicKeyInfo
        der = public.public_bytes(serialization.Encoding.DER, of_public)
        return Made(
            hashlib.sha1(der).hexdigest(),  # noqa: S324 an identity
            {
                "privateKeyPem": _private(key, serialization.PrivateFormat.TraditionalOpenSSL),
                "privateKeyPemPkcs8": _private(key, serialization.PrivateFormat.PKCS8),
                "publicKeyPem": public.public_bytes(serialization.Encoding.PEM, of_public).decode(),
            },
        )


def now() -> datetime:
    """The time, by which certificates begin and become due for renewal."""
    return datetime.now(UTC)


class Certificate(Stored):
    """A certificate, which is replaced once the hours of its early renewal have begun.

    The real provider asks for it in each plan, without a refresh: modifyPlanIfCertificateReadyForRenewal in
    internal/provider/common_cert.go of hashicorp/terraform-provider-tls. A refresh marks the certificate as ready.
    """

    def due(self, inputs: Properties, outputs: Properties) -> set[str]:
        end = outputs.get("validityEndTime")
        early = timedelta(hours=inputs.get("earlyRenewalHours") or 0)
        ready = end and datetime.fromisoformat(end) - early <= now()
        return {"readyForRenewal"} if ready else set()

    def read(self, session: Any, identity: str, properties: Properties) -> Properties | None:
        return properties | dict.fromkeys(self.due(properties, properties), True)


class SelfSignedCertResource(Certificate):
    """A self-signed certificate, as of a certificate authority."""

    engine_type = "tls:index/selfSignedCert:SelfSignedCert"
    computed = COMPUTED | {"keyAlgorithm"}
    defaults = {"isCaCertificate": False, "earlyRenewalHours": 0, "setSubjectKeyId": False}

    def create(self, session: Any, inputs: Properties) -> Made:
        key = _key(inputs, "privateKeyPem")
        subject = _name(inputs.get("subject") or {})
        builder = _certificate(inputs, subject, subject, key.public_key())
        if inputs.get("setAuthorityKeyId"):
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
            builder = builder.add_extension(authority, critical=False)
        names = _alternative_names(inputs)
        if names:
            builder = builder.add_extension(names, critical=False)
        return _signed(builder, key, {"keyAlgorithm": ALGORITHM})


class CertRequestResource(Stored):
    """A certificate signing request (CSR)."""

    engine_type = "tls:index/certRequest:CertRequest"
    computed = frozenset({"certRequestPem", "keyAlgorithm"})

    def create(self, session: Any, inputs: Properties) -> Made:
        key = _key(inputs, "privateKeyPem")
        builder = x509.CertificateSigningRequestBuilder().subject_name(
            _name(inputs.get("subject") or {})
        )
        names = _alternative_names(inputs)
        if names:
            builder = builder.add_extension(names, critical=False)
        request = builder.sign(key, hashes.SHA256())
        fingerprint = hashes.Hash(hashes.SHA1())  # noqa: S303 an identity
        fingerprint.update(request.public_bytes(serialization.Encoding.DER))
        pem = request.public_bytes(serialization.Encoding.PEM).decode()
        return Made(
            fingerprint.finalize().hex(),
            {"certRequestPem": pem, "keyAlgorithm": ALGORITHM},
        )


class LocallySignedCertResource(Certificate):
    """A certificate signed with the key of another certificate."""

    engine_type = "tls:index/locallySignedCert:LocallySignedCert"
    computed = COMPUTED | {"caKeyAlgorithm"}
    defaults = {"isCaCertificate": False, "earlyRenewalHours": 0, "setSubjectKeyId": False}

    def create(self, session: Any, inputs: Properties) -> Made:
        key = _key(inputs, "caPrivateKeyPem")
        issuer = _loaded(x509.load_pem_x509_certificate, inputs, "caCertPem")
        request = _loaded(x509.load_pem_x509_csr, inputs, "certRequestPem")
        if issuer.public_key() != key.public_key():
            raise ProviderError("caPrivateKeyPem is not the key of caCertPem")
        builder = _certificate(inputs, request.subject, issuer.subject, request.public_key())
        for extension in request.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        builder = builder.add_extension(_authority(issuer), critical=False)
        return _signed(builder, key, {"caKeyAlgorithm": ALGORITHM})


def _private(key: rsa.RSAPrivateKey, written_as: serialization.PrivateFormat) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, written_as, serialization.NoEncryption()
    ).decode()


def _key(inputs: Properties, name: str) -> Any:
    """The private key in an input, in PEM."""
    try:
        # The keys come from this module. The check that their factors are prime takes longer than all their uses.
        return serialization.load_pem_private_key(
            inputs[name].encode(), password=None, unsafe_skip_rsa_key_validation=True
        )
    except ValueError:
        raise ProviderError(f"{name} holds no private key in PEM") from None


def _certificate(
    inputs: Properties, subject: x509.Name, issuer: x509.Name, public_key: Any
) -> x509.CertificateBuilder:
    start = now().replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(hours=inputs["validityPeriodHours"]))
    )
    authority = bool(inputs.get("isCaCertificate"))
    if authority or inputs.get("setSubjectKeyId"):
        identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
        builder = builder.add_extension(identifier, critical=False)
    length = inputs.get("maxPathLength") if authority else None
    constraints = x509.BasicConstraints(ca=authority, path_length=length)
    builder = builder.add_extension(constraints, critical=True)
    return _with_uses(builder, inputs.get("allowedUses") or [])


def _with_uses(builder: x509.CertificateBuilder, uses: list[str]) -> x509.CertificateBuilder:
    unknown = [use for use in uses if use not in USES.keys() | EXTENDED_USES.keys()]
    if unknown:
        known = ", ".join([*USES, *EXTENDED_USES])
        raise ProviderError(
            f"allowedUses: {', '.join(unknown)} is no use of a key; there are {known}"
        )
    plain = {of_library: use in uses for use, of_library in USES.items()}
    if any(plain.values()):
        builder = builder.add_extension(x509.KeyUsage(**plain), critical=True)
    extended = [EXTENDED_USES[use] for use in uses if use in EXTENDED_USES]
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    return builder


def _signed(builder: x509.CertificateBuilder, key: Any, outputs: Properties) -> Made:
    certificate = builder.sign(key, hashes.SHA256())
    return Made(
        str(certificate.serial_number),
        outputs
        | {
            "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            "readyForRenewal": False,
            "validityStartTime": certificate.not_valid_before_utc.isoformat(),
            "validityEndTime": certificate.not_valid_after_utc.isoformat(),
        },
    )


def _authority(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        named = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named.value)


def _name(subject: Properties) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(oid, subject[key]) for key, oid in SUBJECT.items() if subject.get(key)]
    )


def _alternative_names(inputs: Properties) -> x509.SubjectAlternativeName | None:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or ()]
    names += [
        x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or ()
    ]
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or ()]
    return x509.SubjectAlternativeName(names) if names else None


def _loaded(load: Any, inputs: Properties, name: str) -> Any:
    try:
        return load(inputs[name].encode())
    except ValueError:
        raise ProviderError(f"{name} is not what it should be, in PEM") from None


def tls_provider() -> Provider:
    """The provider of keys and certificates."""
    return Provider(
        "tls",
        [
            PrivateKeyResource(),
            SelfSignedCertResource(),
            CertRequestResource(),
            LocallySignedCertResource(),
        ],
        {},
    )
