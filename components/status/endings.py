"""What ends when: authorities, certificates, the join token; and how old keys are that never end."""

import re
import ssl
import urllib.parse
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection
from typing import Any

import yaml

from ..duration import spoken
from ..facts import ssm_paths
from ..trust import trusting

AUTHORITY_DAYS = 3650
"""How long the authorities live that Pulumi has made."""
TOKEN_HOURS = 24
"""How long a join token lives. A timer of control planes writes another every six hours."""
CERTIFICATE_SPARE = timedelta(days=75)
"""What a control plane's certificate has left at least. At 90 days it is renewed, by a timer that runs each week and waits for up to
five days."""
CERTIFICATES_END = "dualstack/certificates-end"
"""The annotation of a control plane's Node: when the first of its certificates ends, as RFC 3339 writes a time."""
RENEWED = "its control plane, when 90 days are left"
PATIENCE_SECONDS = 5

TIME = rb"\x17\x0d(\d{12})Z|\x18\x0f(\d{14})Z"
"""A time in a certificate (RFC 5280, 4.1.2.5): with two digits of the year until 2049, then with four."""
VALIDITY = re.compile(rb"(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)(?:" + TIME + rb")")


@dataclass(frozen=True)
class Ending:
    """Something that ends, or that only gets old."""

    what: str
    how: str
    """How another takes its place."""
    since: datetime | None = None
    """When it was made. None if that is not known."""
    until: datetime | None = None
    """When it ends. None if it never does."""
    spare: timedelta = timedelta()
    """Another should have taken its place when no more is left than this."""

    def late(self, now: datetime) -> bool:
        """Whether another should be in its place by now."""
        return self.until is not None and self.until - now < self.spare

    def words(self, now: datetime) -> str:
        """When it ends, or how old it is."""
        if self.until:
            left = self.until - now
            ends = f"in {spoken(left)}" if left > timedelta() else f"{spoken(-left)} ago"
            return f"{'LATE: ' if self.late(now) else ''}{self.until:%Y-%m-%d %H:%M}, {ends}"
        return f"never, {spoken(now - self.since)} old" if self.since else "never"


def of_parameters(cluster: str, written: Mapping[str, datetime]) -> Iterator[Ending]:
    """What the times say at which parameters were written."""
    authority = written.get(ssm_paths.pki_file(cluster, "ca.crt"))
    if authority:
        yield Ending(
            "certificate authorities",
            "a second cluster",
            authority,
            authority + timedelta(days=AUTHORITY_DAYS),
            timedelta(days=365),
        )
    token = written.get(ssm_paths.token(cluster))
    if token:
        yield Ending(
            "join token",
            "control planes, every 6 hours",
            token,
            token + timedelta(hours=TOKEN_HOURS),
            timedelta(hours=TOKEN_HOURS - 12),
        )
    folder = re.escape(ssm_paths.encryption_folder(cluster))
    number, since = _newest(written, rf"{folder}/dualstack-(\d+)")
    if since:
        yield Ending(f"key {number} of Secrets", "encryption.key", since)
    first = written.get(ssm_paths.pki_file(cluster, "sa.key"))
    folder = re.escape(ssm_paths.service_account_folder(cluster))
    number, since = _newest(written, rf"{folder}/(\d+)\.key")
    if since or first:
        yield Ending(f"key {number or 1} of tokens", "serviceAccountIssuer.key", since or first)


def of_kubeconfig(file: str) -> Iterator[Ending]:
    """What certificates say: the one in a kubeconfig, and that of the API server which answers. Nothing of what cannot be read."""
    try:
        cluster, user = _current(yaml.safe_load(Path(file).expanduser().read_text()))
    except (OSError, ValueError, LookupError, TypeError, StopIteration, yaml.YAMLError):
        return
    if certificate := user.get("client-certificate-data"):
        yield Ending(
            "certificate of the kubeconfig",
            "`pulumi up` in its last month",
            None,
            end_of(ssl.PEM_cert_to_DER_cert(b64decode(certificate).decode())),
            timedelta(days=30),
        )
    server = urllib.parse.urlsplit(str(cluster["server"]))
    authority = b64decode(cluster.get("certificate-authority-data", "")).decode()
    try:
        context = trusting(authority)
        address = server.hostname or "", server.port or 443
        with (
            create_connection(address, PATIENCE_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=server.hostname) as answered,
        ):
            der = answered.getpeercert(binary_form=True) or b""
    except (OSError, ValueError):
        return
    yield Ending(
        "certificate of an API server",
        RENEWED,
        None,
        end_of(der),
        CERTIFICATE_SPARE,
    )


def of_node(node: Mapping[str, Any]) -> Iterator[Ending]:
    """What a control plane's Node says of its certificates. Nothing if it does not say it in that form."""
    text = node["metadata"].get("annotations", {}).get(CERTIFICATES_END, "")
    try:
        until = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return
    what = f"certificates of {node['metadata']['name']}"
    yield Ending(what, RENEWED, None, until, CERTIFICATE_SPARE)


def end_of(der: bytes) -> datetime | None:
    """When a certificate ends: the second of the two times that stand one after the other in it."""
    found = VALIDITY.search(der)
    if not found:
        return None
    short, long = found.groups()
    text = (long or (b"20" + short)).decode()
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _current(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cluster and the user of a kubeconfig's current context."""

    def named(kind: str, name: str) -> dict[str, Any]:
        return next(one[kind] for one in document[f"{kind}s"] if one["name"] == name)

    context = named("context", document["current-context"])
    return named("cluster", context["cluster"]), named("user", context["user"])


def _newest(written: Mapping[str, datetime], pattern: str) -> tuple[int | None, datetime | None]:
    """The highest number in the names that fit, and when that was written."""
    found = {
        int(match.group(1)): when
        for name, when in written.items()
        if (match := re.fullmatch(pattern, name))
    }
    return (max(found), found[max(found)]) if found else (None, None)
