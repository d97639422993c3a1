"""Checks inside pods and nodes: a pod's own addresses, and a node's default routes."""

from functools import partial

from ..facts.families import Family
from .answer import Ask, Question
from .finding import Finding, fault, good
from .observed import family_of, listed
from .scene import End, Scene

ENVIRONMENT, HOSTS, ROUTE = "downward API", "/etc/hosts", "default route"

ROUTE_FILES = {Family.IPV4: "/proc/net/route", Family.IPV6: "/proc/net/ipv6_route"}
REJECT = 0x0200
"""The flag of a route that rejects packets. The kernel keeps such a route as the last resort."""
ADVICE = {
    Family.IPV4: "give the node's interface its IPv4 default route back; the VPC's DHCP has it",
    Family.IPV6: "a node that forwards forgets the routers that were advertised to it: set net.ipv6.conf.INTERFACE.accept_ra=2, "
    "or let systemd-networkd listen to them, then renew the interface",
}


def inside(scene: Scene) -> list[Question]:
    """The checks for each end's pod and node."""
    return [
        *(partial(_environment, end) for end in scene.ends),
        *(partial(_hosts, end) for end in scene.ends),
        *(partial(_route, end, family) for end in scene.ends for family in scene.families),
    ]


def _environment(end: End, ask: Ask) -> Finding:
    where = f"pod on {end.node.name}"
    variables = ask(end.pod, "cat", "/proc/self/environ").output.split("\0")
    (found, *_) = [v.partition("=")[2] for v in variables if v.startswith("POD_IPS=")] or [""]
    return _both(
        ENVIRONMENT,
        where,
        f"status.podIPs is {found or 'empty'}",
        set(found.split(",")) == set(end.addresses) and _two(end),
        "the kubelet tells pods what the network plugin gave them: see pod addresses; "
        "until 1.20 the kubelet needs the gate IPv6DualStack",
    )


def _hosts(end: End, ask: Ask) -> Finding:
    where = f"pod on {end.node.name}"
    lines = [line.split() for line in ask(end.pod, "cat", "/etc/hosts").output.splitlines()]
    found = [words[0] for words in lines if end.pod in words[1:]]
    return _both(
        HOSTS,
        where,
        f"{end.pod} is {listed(found)}",
        set(found) == set(end.addresses) and _two(end),
        "the kubelet writes what the network plugin gave the pod: see pod addresses; "
        "until 1.20 the kubelet needs the gate IPv6DualStack",
    )


def _two(end: End) -> bool:
    return len({family_of(address) for address in end.addresses}) == 2


def _both(check: str, where: str, found: str, as_it_should: bool, advice: str) -> Finding:
    return good(check, where, found) if as_it_should else fault(check, where, found, advice)


def _route(end: End, family: Family, ask: Ask) -> Finding:
    where = f"node {end.node.name}, {family}"
    lines = ask(end.host_pod, "cat", ROUTE_FILES[family]).output.splitlines()
    rows = [line.split() for line in lines]
    leading = _ipv4_devices(rows) if family is Family.IPV4 else _ipv6_devices(rows)
    if leading:
        return good(ROUTE, where, f"by {listed(dict.fromkeys(leading))}")
    return fault(ROUTE, where, "none", ADVICE[family])


def _ipv4_devices(rows: list[list[str]]) -> list[str]:
    """Interfaces of default routes: their destination and mask are zero. The first row names the columns."""
    return [
        row[0]
        for row in rows[1:]
        if len(row) > 7 and row[1] == row[7] == "00000000" and not int(row[3], 16) & REJECT
    ]


def _ipv6_devices(rows: list[list[str]]) -> list[str]:
    """Interfaces of default routes: their destination is zero, with length zero, and they do not reject."""
    return [
        row[9]
        for row in rows
        if len(row) > 9 and set(row[0]) == {"0"} and row[1] == "00" and not int(row[8], 16) & REJECT
    ]
