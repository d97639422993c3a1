"""Who logs in with a token of an OpenID Connect issuer."""

import base64
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from ..config.forms import matching
from ..config.section import Section, ask

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
    if not all(map(_is_sequence, CERTIFICATE.findall(text))):
        raise ValueError(f"it holds a certificate that cannot be read; {advice}")
    return text


def _is_sequence(body: str) -> bool:
    """Whether a text in base64 begins as every certificate does."""
    try:
        return base64.b64decode("".join(body.split()), validate=True).startswith(b"0")
    except ValueError:
        return False


IssuerUrl = Annotated[
    str,
    matching(
        r"https://(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[^\s?#@]*)?",
        "the URL of an issuer; write it as its tokens have it, with https and without a question mark, like "
        "https://login.example.com",
    ),
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
