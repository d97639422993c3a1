"""What a request for a certificate (PKCS #10, RFC 2986) asks for. What this program does not know is refused.

The controller manager signs what Go reads in a request. A reader that skips what it does not know would vouch for more than it has read.
"""

import base64
import binascii
import ipaddress
import re

PEM = re.compile(
    r"-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE REQUEST-----\n?"
)
INTEGER, OCTETS, OBJECT, UTF8, PRINTABLE, SEQUENCE, SET = 2, 4, 6, 12, 19, 0x30, 0x31
ATTRIBUTES, DNS_NAME, IP_ADDRESS = 0xA0, 0x82, 0x87
COMMON_NAME, ORGANIZATION = b"\x55\x04\x03", b"\x55\x04\x0a"
EXTENSIONS = bytes.fromhex("2a864886f70d01090e")
"""The identifier of the attribute that holds the extensions which are asked for (RFC 2985, 5.4.2)."""
ALTERNATIVE_NAMES = b"\x55\x1d\x11"


class Unreadable(Exception):
    """The request is broken, or asks for something that no kubelet asks for."""


class CertificateRequest:
    """The subject of a certificate, and the names and addresses that it is for."""

    def __init__(self, pem):
        found = PEM.fullmatch(pem)
        if not found:
            raise Unreadable("it is not one request in PEM")
        try:
            der = base64.b64decode(found.group(1).replace("\n", ""), validate=True)
        except binascii.Error:
            raise Unreadable("it is not one request in PEM") from None
        info, _, _ = _parts(_only(der, SEQUENCE), 3)
        version, subject, _, attributes = _parts(_value(info, SEQUENCE), 4)
        if _value(version, INTEGER) != b"\0":
            raise Unreadable("it has an unknown version")
        self.common_names, self.organizations = [], []
        self._read_subject(_value(subject, SEQUENCE))
        self.names, self.addresses = [], []
        self._read_names(_extension(_value(attributes, ATTRIBUTES)))

    def _read_subject(self, der):
        for entry in _split(der):
            for attribute in _split(_value(entry, SET)):
                kind, text = _parts(_value(attribute, SEQUENCE), 2)
                listed = {COMMON_NAME: self.common_names, ORGANIZATION: self.organizations}.get(
                    _value(kind, OBJECT)
                )
                if listed is None or text[0] not in (UTF8, PRINTABLE):
                    raise Unreadable("its subject has more than a common name and organizations")
                listed.append(_text(text[1]))

    def _read_names(self, der):
        for tag, content in _split(_only(der, SEQUENCE)):
            if tag == DNS_NAME:
                self.names.append(_text(content))
            elif tag == IP_ADDRESS and len(content) in (4, 16):
                self.addresses.append(str(ipaddress.ip_address(content)))
            else:
                raise Unreadable("it asks for names that are neither of DNS nor addresses")


def _extension(der):
    """The content of the one extension that a kubelet asks for: alternative names."""
    (attribute,) = _parts(der, 1)
    kind, values = _parts(_value(attribute, SEQUENCE), 2)
    (extensions,) = _parts(_value(values, SET), 1)
    (extension,) = _parts(_value(extensions, SEQUENCE), 1)
    # In between may stand that it is critical.
    name, *_, content = _parts(_value(extension, SEQUENCE), 2, 3)
    if _value(kind, OBJECT) != EXTENSIONS or _value(name, OBJECT) != ALTERNATIVE_NAMES:
        raise Unreadable("it asks for other extensions than alternative names")
    return _value(content, OCTETS)


def _split(der):
    """The values that stand one after the other in DER, each as its tag and its content."""
    found = []
    while der:
        length, start = der[1] if len(der) > 1 else 0, 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[2:start], "big")
            if start > 5 or length < 0x80 or not der[2]:
                raise Unreadable("it is not in DER")
        if len(der) < start + length:
            raise Unreadable("it ends early")
        found.append((der[0], der[start : start + length]))
        der = der[start + length :]
    return found


def _parts(der, *counts):
    """The values in DER, whose number is known."""
    found = _split(der)
    if len(found) not in counts:
        raise Unreadable("it has other parts than the request of a kubelet")
    return found


def _value(part, tag):
    if part[0] != tag:
        raise Unreadable("it has other parts than the request of a kubelet")
    return part[1]


def _only(der, tag):
    (part,) = _parts(der, 1)
    return _value(part, tag)


def _text(content):
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("it has a name that is not ASCII") from None
