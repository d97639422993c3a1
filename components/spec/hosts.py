"""Hosts, alone and in what begins with one: URLs, image repositories, proxies, and names of certificates."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator

from ..config.forms import matching
from ..config.wording import shown
from .values import DNS_NAME

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,254}}$)({_LABEL}\.)*{_LABEL}\.?")
"""A name as resolvers take it: with underscores, and with or without the dot of the root."""

_LIKE_AN_ADDRESS = re.compile(r"[0-9.]+")
"""Programs read digits and dots as an IPv4 address, and ask no resolver."""

_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:(?P<port>[0-9]*))?")
"""A host with or without a port."""


def is_host(text: str) -> bool:
    """Whether a text is an address, IPv6 without brackets, or a name that can be resolved."""
    if ":" in text or _LIKE_AN_ADDRESS.fullmatch(text):
        return _is_address(text)
    return _NAME.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    try:
        # A zone, like %eth0, is of one machine.
        return "%" not in str(ip_address(text))
    except ValueError:
        return False


def host_of(value: str) -> str:
    """The host in a URL or an image repository, IPv6 without brackets."""
    found = _AUTHORITY.match(_authority(value))
    return found["host"].strip("[]") if found else ""


def _authority(value: str) -> str:
    return re.split(r"[/?#]", re.sub(r"^https?://", "", value), maxsplit=1)[0]


def with_sound_host(value: str) -> str:
    """The same URL or image repository, or a ValueError if its host or port can be none."""
    authority = _authority(value)
    found = _AUTHORITY.fullmatch(authority)
    host = found["host"] if found else ""
    if not is_host(host.strip("[]")) or host.startswith("[") != (":" in host):
        raise ValueError(
            f"{shown(authority)} is no host that can be asked; write a name or an address, like mirror.example.com, "
            "198.51.100.7 or [2001:db8::7]"
        )
    if found and found["port"] is not None and not _is_port(found["port"]):
        raise ValueError(f"{shown(authority)} has a port that is none; write one from 1 to 65535")
    return value


def _is_port(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= 65535


def _url(value: str) -> str:
    if "@" in _authority(value):
        raise ValueError(
            "it holds credentials, and everybody who may read user data or the stack would read them; "
            "let the server admit its clients by their addresses"
        )
    return with_sound_host(value)


def _paths_follow(value: str) -> str:
    if found := re.search(r"[?#]", value):
        # What follows may be a token, so it is not repeated.
        raise ValueError(
            f"{shown(value[: found.start()])} has a {found.group()} behind it, and the paths of files would follow that; "
            "write the URL without it"
        )
    return value


def _repository(value: str) -> str:
    """Refuse a host that can be none. A first word without a dot or a port is no host, but a folder of Docker Hub."""
    host = value.split("/", maxsplit=1)[0]
    return with_sound_host(value) if re.search(r"[.:]", host) else value


def _certificate_name(value: str) -> str:
    if not _is_certificate_name(value):
        raise ValueError(
            f"{shown(value)} is no name for a certificate; write an address or a DNS name in lower case, like api.example.com"
        )
    return value


def _is_certificate_name(value: str) -> bool:
    if ":" in value or _LIKE_AN_ADDRESS.fullmatch(value):
        return _is_address(value)
    return re.fullmatch(rf"(\*\.)?{DNS_NAME}", value) is not None


def _without_proxy(value: str) -> str:
    if "/" in value:
        return _range(value)
    name = value.removeprefix(".")
    host, colon, port = name.partition(":")
    if is_host(name) or (colon and is_host(host) and _is_port(port)):
        return value
    raise ValueError(
        f"{shown(value)} is no name and no address; write one like example.com, 10.0.0.7 or fd00::7"
    )


def _range(value: str) -> str:
    try:
        meant = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{shown(value)} is no range; write one like 10.0.0.0/8") from None
    if ip_address(value.split("/", maxsplit=1)[0]) != meant.network_address:
        raise ValueError(f"{value} has bits set beyond its prefix length; write {meant}")
    return value


Url = Annotated[
    str,
    matching(
        # ASCII alone: machines download with programs that know no other host names.
        r"https?://(?!/)[!-~]*[!-.0-~]",
        "a URL; write it with https:// and without a slash at its end, like https://mirror.example.com",
    ),
    AfterValidator(_url),
]
MirrorUrl = Annotated[Url, AfterValidator(_paths_follow)]
"""A URL to which paths are appended."""
ImageRepository = Annotated[
    str,
    matching(
        # The path as registries take it: https://github.com/distribution/reference/blob/v0.6.0/regexp.go
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*",
        "an image repository; write one without https:// and without a slash at its end, like registry.example.com/k8s",
    ),
    AfterValidator(_repository),
]
CertificateName = Annotated[str, AfterValidator(_certificate_name)]
Direct = Annotated[
    str,
    matching(
        r"\.?[A-Za-z0-9_:][A-Za-z0-9_.:-]*(/[0-9]{1,3})?",
        "a name, an address or a range; write one like example.com or 10.0.0.0/8",
    ),
    AfterValidator(_without_proxy),
]
"""A name, an address or a range that is reached without a proxy."""
