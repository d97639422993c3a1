"""Who logs in with a token of an OpenID Connect issuer."""

import re
import ssl
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ..config.forms import matching
from ..config.section import Section, ask
from ..config.wording import shown
from .hosts import is_host

MOST_ISSUERS = 64
"""The most issuers that an API server takes.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration"""

CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\n(.+?)\n-----END CERTIFICATE-----\n?", re.DOTALL
)


def _authorities(text: str) -> str:
    # The message repeats no value: it may be a key.
    advice = "write the certificates of the issuer's authority as PEM, after a |, and nothing else"
    if not text.strip() or CERTIFICATE.sub("", text).strip():
        raise ValueError(f"it holds something else than certificates; {advice}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError:
        raise ValueError(f"it holds a certificate that cannot be read; {advice}") from None
    return text


def _issuer_url(value: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(value)
        host = parts.hostname or ""
        sound = is_host(host) and not re.search(r"%(?![0-9A-Fa-f]{2})", parts.path)
        if sound and parts.port != 0:
            return value
    raise ValueError(f"{shown(value)} has no host or port that can be asked; {URL_ADVICE}")


URL_ADVICE = "write it as its tokens have it, with https and without a question mark, like https://login.example.com"

IssuerUrl = Annotated[
    str,
    matching(
        r"https://(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[^\s?#@]*)?",
        f"the URL of an issuer; {URL_ADVICE}",
    ),
    AfterValidator(_issuer_url),
]
Claim = Annotated[str, matching(r"[^\s=]+", "a claim; write its name in the token, like email")]
Prefix = Annotated[
    str, matching(r"(?!-$)\S*", "a prefix; write one like oidc:, or an empty text for none")
]
Authorities = Annotated[str, AfterValidator(_authorities)]


class OidcIssuerSection(Section):
    """An issuer, and how its tokens become users and groups."""

    url: IssuerUrl = ask("give the issuer's URL, like https://login.example.com")
    """The issuer, as its tokens have it. The API server must reach it, and reads its keys there."""
    client_id: Annotated[str, matching(r"\S+", "a client; write its id at the issuer")] = ask(
        "name the client that people log in to"
    )
    """The client that tokens must be for: their audience."""
    username_claim: Claim = "sub"
    """The claim that is the user's name. By default the one that never changes, and that every token has."""
    username_prefix: Prefix = "oidc:"
    """What is put before the name. By default a prefix, so that nobody is taken for another kind of user."""
    groups_claim: Claim | None = None
    """The claim that holds the user's groups. By default tokens give no groups."""
    groups_prefix: Prefix = "oidc:"
    """What is put before each group. By default a prefix, so that the issuer gives nobody a group of Kubernetes."""
    required_claims: dict[Claim, str] = {}
    """Claims that a token must have, with their values. Before 1.30 there can be one."""
    ca: Authorities | None = None
    """The certificate authority of the issuer, as PEM. By default those that the machines trust."""


class OidcSection(Section):
    """People who log in with a token of an OpenID Connect issuer."""

    issuers: Annotated[list[OidcIssuerSection], Field(max_length=MOST_ISSUERS)] = []
    """The issuers: before 1.30 at most one. None by default. Control planes that run follow a change, one after the other."""
