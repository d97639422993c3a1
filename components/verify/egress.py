"""Checks of egress: whether pods get out of the cluster, by which address they are seen, and whether DNS64 works."""

import re
from functools import partial
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from ..facts.families import Family
from .answer import Ask, Page, Question, fetch
from .finding import Finding, fault, good, unasked
from .scene import End, Scene

EGRESS, DNS64 = "egress", "DNS64"

ADDRESS = {
    Family.IPV4: re.compile(r"[0-9]+(?:\.[0-9]+){3}"),
    Family.IPV6: re.compile(r"[0-9a-fA-F]*:[0-9a-fA-F:.]+"),
}
MASQUERADE = (
    "masquerade pods in {family} too: flannel --ip-masq, Calico natOutgoing in the {family} pool, "
    "Cilium enable{family}Masquerade, or ip-masq-agent with both pod ranges and --enable-ipv6"
)
WAY_OUT = {
    Family.IPV4: "the node's subnet needs 0.0.0.0/0 to a NAT gateway",
    Family.IPV6: "the node's subnet needs ::/0 to an egress-only internet gateway",
}

IPV4_ONLY = "ipv4only.arpa"
"""A name that has no IPv6 address. If it resolves to one, DNS64 is on (RFC 7050)."""
TRANSLATED = "64:ff9b::"
"""The prefix in which DNS64 puts IPv4 addresses, on AWS as elsewhere (RFC 6052)."""


def egress(scene: Scene) -> list[Question]:
    """The egress checks: one for each end and family, and one for hosts outside that have IPv4 only."""
    return [
        *(partial(_out, scene, end, family) for end in scene.ends for family in scene.families),
        partial(_dns64, scene),
    ]


def _out(scene: Scene, end: End, family: Family, ask: Ask) -> Finding:
    where = f"pod on {end.node.name}, {family}"
    target = scene.targets.get(family)
    if not target:
        return unasked(EGRESS, where, f"left out by --egress-{family.lower()} none")
    page = fetch(ask, end.pod, target)
    if not page.failure:
        return _seen(scene, end, family, page)
    if not fetch(ask, end.host_pod, target).failure:
        return fault(
            EGRESS,
            where,
            f"{target}: {page.failure}; the node itself gets out",
            MASQUERADE.format(family=family),
        )
    return fault(
        EGRESS,
        where,
        f"{target}: {page.failure}; the node does not get out either",
        f"{WAY_OUT[family]}, and a security group and a network ACL that let it; "
        f"where nothing may get out, say --egress-{family.lower()} none",
    )


def _seen(scene: Scene, end: End, family: Family, page: Page) -> Finding:
    """The finding for a page that arrived: the pod must not be seen by its own address."""
    where = f"pod on {end.node.name}, {family}"
    source = _source(page, family)
    if not source:
        return good(EGRESS, where, f"{page.server} answers, not saying whom it saw")
    ranges = [ip_network(text) for text in scene.pod_ranges]
    if source in end.addresses or any(ip_address(source) in each for each in ranges):
        return fault(
            EGRESS,
            where,
            f"{page.server} saw the pod's own {source}",
            MASQUERADE.format(family=family),
        )
    by_node = ", its node's" if source in end.node.addresses else ""
    return good(EGRESS, where, f"{page.server} saw {source}{by_node}")


def _source(page: Page, family: Family) -> str:
    """The client's address in a page: the first address that is not the server's own; empty if there is none."""
    for text in ADDRESS[family].findall(page.body):
        try:
            found = str(ip_address(text))
        except ValueError:
            continue
        if found != page.server:
            return found
    return ""


def _dns64(scene: Scene, ask: Ask) -> Finding:
    where = f"pod on {scene.client.node.name}"
    synthesized = fetch(
        ask, scene.client.pod, f"http://{IPV4_ONLY}/", "-6", "--retry", "0", "--max-time", "4"
    )
    if synthesized.unresolved:
        return unasked(DNS64, where, "hosts with IPv4 alone get no IPv6 address here")
    target = scene.targets.get(Family.IPV4)
    if not target:
        return unasked(DNS64, where, "it is on; left out by --egress-ipv4 none")
    parts = urlsplit(target)
    translated = str(ip_address(f"{TRANSLATED}{parts.hostname}"))
    port = f":{parts.port}" if parts.port else ""
    page = fetch(ask, scene.client.pod, f"{parts.scheme}://[{translated}]{port}{parts.path}")
    if page.failure:
        return fault(
            DNS64,
            where,
            f"hosts with IPv4 alone get addresses such as {translated}, and those do not answer: {page.failure}",
            f"route {TRANSLATED}/96 to a NAT gateway in every node subnet's table, or turn EnableDns64 off",
        )
    return good(DNS64, where, f"{translated} answers")
