"""Keys and certificates, read back by a library that did not write them into the state."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from rehearsal.providers.resource_type import ProviderError
from rehearsal.providers.tls import (
    CertRequestResource,
    LocallySignedCertResource,
    PrivateKeyResource,
    SelfSignedCertResource,
)

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


def key(**inputs):
    return PrivateKeyResource().create(None, {"algorithm": "RSA"} | inputs).outputs


def certificate(pem):
    return x509.load_pem_x509_certificate(pem.encode())


@pytest.fixture(scope="module")
def root():
    own = key()
    made = SelfSignedCertResource().create(
        None,
        {
            "privateKeyPem": own["privateKeyPem"],
            "subject": {"commonName": "kubernetes"},
            "isCaCertificate": True,
            "validityPeriodHours": 87600,
            "allowedUses": ["digital_signature", "key_encipherment", "cert_signing"],
            "setSubjectKeyId": True,
        },
    )
    return own, made.outputs["certPem"]


def test_an_rsa_key_is_written_in_every_form():
    made = key(rsaBits=3072)

    private = serialization.load_pem_private_key(made["privateKeyPem"].encode(), None)
    pkcs8 = serialization.load_pem_private_key(made["privateKeyPemPkcs8"].encode(), None)
    public = serialization.load_pem_public_key(made["publicKeyPem"].encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 3072
    assert made["privateKeyPem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert made["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----")
    assert pkcs8.private_numbers() == private.private_numbers()
    assert public.public_numbers() == private.public_key().public_numbers()


def test_a_key_of_an_unknown_kind_is_refused():
    with pytest.raises(ProviderError, match="algorithm DSA"):
        key(algorithm="DSA")


@pytest.mark.parametrize("algorithm", ["ECDSA", "ED25519"])
def test_a_key_of_a_kind_that_the_program_never_asks_for_is_refused(algorithm):
    with pytest.raises(
        ProviderError, match=f"{algorithm} is not served by the rehearsal; choose RSA"
    ):
        key(algorithm=algorithm)


def test_what_is_private_in_a_key_is_secret():
    assert PrivateKeyResource.secrets == {"privateKeyPem", "privateKeyPemPkcs8"}


def test_a_root_signs_itself_and_may_sign_others(root):
    _, pem = root
    made = certificate(pem)

    made.verify_directly_issued_by(made)
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca) == (True, True)
    assert (usage.value.key_cert_sign, usage.value.crl_sign) == (True, False)
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(hours=87600)
    assert made.subject.rfc4514_string() == "CN=kubernetes"


def test_a_certificate_that_a_root_signed_is_verified_by_it(root):
    authority, authority_pem = root
    own = key()
    request = CertRequestResource().create(
        None,
        {
            "privateKeyPem": own["privateKeyPem"],
            "subject": {"commonName": "kubernetes-admin", "organization": "system:masters"},
            "dnsNames": ["api.example.com"],
            "ipAddresses": ["10.96.0.1", "fd00::1"],
        },
    )
    made = LocallySignedCertResource().create(
        None,
        {
            "certRequestPem": request.outputs["certRequestPem"],
            "caPrivateKeyPem": authority["privateKeyPem"],
            "caCertPem": authority_pem,
            "validityPeriodHours": 24,
            "allowedUses": ["digital_signature", "client_auth"],
        },
    )

    signed, root_certificate = certificate(made.outputs["certPem"]), certificate(authority_pem)

    signed.verify_directly_issued_by(root_certificate)
    names = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uses = signed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    issuer = signed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    subject = root_certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert signed.subject.rfc4514_string() == "CN=kubernetes-admin,O=system:masters"
    assert names.get_values_for_type(x509.DNSName) == ["api.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == [
        "10.96.0.1",
        "fd00::1",
    ]
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert issuer.key_identifier == subject.digest


def test_a_request_is_signed_with_its_own_key():
    own = key()
    made = CertRequestResource().create(
        None, {"privateKeyPem": own["privateKeyPem"], "subject": {"commonName": "a"}}
    )

    request = x509.load_pem_x509_csr(made.outputs["certRequestPem"].encode())

    serialization.load_pem_public_key(own["publicKeyPem"].encode()).verify(
        request.signature, request.tbs_certrequest_bytes, padding.PKCS1v15(), SHA256()
    )


def test_a_root_and_a_key_that_do_not_belong_together_are_refused(root):
    _, authority_pem = root
    request = CertRequestResource().create(None, {"privateKeyPem": key()["privateKeyPem"]})
    inputs = {
        "certRequestPem": request.outputs["certRequestPem"],
        "caPrivateKeyPem": key()["privateKeyPem"],
        "caCertPem": authority_pem,
        "validityPeriodHours": 24,
        "allowedUses": [],
    }

    with pytest.raises(ProviderError, match="is not the key of caCertPem"):
        LocallySignedCertResource().create(None, inputs)


@pytest.mark.parametrize(
    ("use", "extension", "shown"),
    [
        ("digital_signature", x509.KeyUsage, lambda found: found.digital_signature),
        ("key_encipherment", x509.KeyUsage, lambda found: found.key_encipherment),
        ("cert_signing", x509.KeyUsage, lambda found: found.key_cert_sign),
        ("client_auth", x509.ExtendedKeyUsage, lambda found: CLIENT in found),
    ],
    ids=["digital_signature", "key_encipherment", "cert_signing", "client_auth"],
)
def test_each_use_that_the_program_asks_for_is_in_the_certificate_and_no_other(
    root, use, extension, shown
):
    own, _ = root
    inputs = {
        "privateKeyPem": own["privateKeyPem"],
        "validityPeriodHours": 1,
        "allowedUses": [use],
    }

    made = certificate(SelfSignedCertResource().create(None, inputs).outputs["certPem"])

    usages = (x509.KeyUsage, x509.ExtendedKeyUsage)
    found = [one.value for one in made.extensions if isinstance(one.value, usages)]
    assert [type(one) for one in found] == [extension]
    assert shown(found[0])


def test_a_use_that_keys_do_not_have_is_refused():
    inputs = {
        "privateKeyPem": key()["privateKeyPem"],
        "validityPeriodHours": 1,
        "allowedUses": ["sign_everything"],
    }

    with pytest.raises(ProviderError, match="sign_everything is no use of a key"):
        SelfSignedCertResource().create(None, inputs)


def test_a_text_that_is_no_key_is_refused_without_repeating_it():
    with pytest.raises(ProviderError) as raised:
        CertRequestResource().create(None, {"privateKeyPem": "sesame"})

    assert "privateKeyPem holds no private key" in str(raised.value)
    assert "sesame" not in str(raised.value)


def test_a_refresh_marks_a_certificate_whose_early_renewal_has_begun():
    own = key()
    inputs = {
        "privateKeyPem": own["privateKeyPem"],
        "subject": {"commonName": "kubernetes"},
        "validityPeriodHours": 10,
        "earlyRenewalHours": 11,
        "allowedUses": [],
    }
    made = inputs | SelfSignedCertResource().create(None, inputs).outputs

    fresh, due = (
        SelfSignedCertResource().read(None, "1", made | {"earlyRenewalHours": hours})
        for hours in (0, 11)
    )

    assert (fresh["readyForRenewal"], due["readyForRenewal"]) == (False, True)
