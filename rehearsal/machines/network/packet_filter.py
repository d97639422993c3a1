"""A VPC's packet filter: security groups, network ACLs, source checks and address translation, as one nftables table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...well_known import HOST
from ..view.survey import GroupView, Permission, SubnetView

UPLINK = "uplink"
"""The name of the VPC router's link to the internet."""

TABLE = "inet rehearsal"


@dataclass(frozen=True, slots=True)
class Port:
    """A link of the VPC's router, and the machine or load balancer at its other end."""

    link: str
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    groups: tuple[str, ...]
    ipv4_way: str
    """The public address of a NAT gateway, `internet`, or nothing."""
    ipv6_way: str
    """`egress`, `internet`, or nothing."""
    public: tuple[tuple[str, str], ...] = ()
    """Pairs of a private and a public address, if it has public ones of its own."""
    checks_source: bool = True
    joined: tuple[str, ...] = ()
    """Its private addresses that the operator's network may reach."""


def ruleset(
    ports: Sequence[Port], groups: Mapping[str, GroupView], subnets: Sequence[SubnetView]
) -> str:
    """The commands of nft that replace the table. The kernel replaces it in one step."""
    lines = [f"add table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{"]
    used = {group for port in ports for group in port.groups}
    named = used | {
        permission.group
        for group in used & groups.keys()
        for permission in (*groups[group].ingress, *groups[group].egress)
        if permission.group
    }
    for group in sorted(named):
        members = [port for port in ports if group in port.groups]
        lines += _members(f"{group}-4", "ipv4_addr", (a for port in members for a in port.ipv4))
        lines += _members(f"{group}-6", "ipv6_addr", (a for port in members for a in port.ipv6))
    for port in ports:
        for way in ("out", "in"):
            lines.append(f"chain {way}-{port.link} {{")
            for group in port.groups:
                if group in groups:
                    permissions = groups[group].egress if way == "out" else groups[group].ingress
                    lines += _allowed(permissions, way)
            lines.append("drop; }")
    lines += _forward(ports)
    lines += _borders(subnets)
    lines += _spoofed(ports)
    lines += _translated(ports)
    return "\n".join([*lines, "}", ""])


def _members(name: str, kind: str, addresses: Iterable[str]) -> Iterator[str]:
    elements = ", ".join(sorted(addresses))
    yield f"set {name} {{ type {kind};"
    if elements:
        yield f"elements = {{ {elements} }}"
    yield "}"


def _allowed(permissions: Iterable[Permission], way: str) -> Iterator[str]:
    side = "saddr" if way == "in" else "daddr"
    for permission in permissions:
        for family in _families(permission):
            peer = (
                f"@{permission.group}-{'4' if family == 'ip' else '6'}"
                if permission.group
                else permission.range
            )
            what = _traffic(permission, family)
            if what is not None:
                yield f"{family} {side} {peer} {what}return".replace("  ", " ")


def _families(permission: Permission) -> tuple[str, ...]:
    if permission.group:
        return ("ip", "ip6")
    return ("ip6",) if ":" in permission.range else ("ip",)


def _traffic(permission: Permission, family: str) -> str | None:
    protocol = permission.protocol
    first, last = permission.first, permission.last
    match protocol:
        case "-1":
            return ""
        case "tcp" | "udp":
            return f"{protocol} dport {first}-{last} "
        case "icmp" | "1":
            return None if family == "ip6" else "meta l4proto icmp " + _icmp("icmp", first, last)
        case "icmpv6" | "58":
            if family == "ip":
                return None
            return "meta l4proto icmpv6 " + _icmp("icmpv6", first, last)
        case _:
            return f"meta l4proto {protocol} "


def _icmp(word: str, kind: int | None, code: int | None) -> str:
    said = f"{word} type {kind} " if kind is not None and kind >= 0 else ""
    return said + (f"{word} code {code} " if said and code is not None and code >= 0 else "")


def _forward(ports: Sequence[Port]) -> Iterator[str]:
    """The forward chain: it accepts answers. It accepts other packets if the sender's groups, the route and the receiver's groups all
    allow them."""
    yield "chain forward { type filter hook forward priority filter; policy drop;"
    yield "ct state established,related accept"
    for way in ("out", "in"):
        hooks = ", ".join(f'"{port.link}" : jump {way}-{port.link}' for port in ports)
        if hooks:
            yield f"{'iifname' if way == 'out' else 'oifname'} vmap {{ {hooks} }}"
        if way == "out":
            for port in ports:
                yield from _ways(port)
    yield "accept; }"


def _borders(subnets: Sequence[SubnetView]) -> Iterator[str]:
    """The network ACLs, at the border of each subnet. They keep no state, so answers need a rule too."""
    for subnet in subnets:
        for way, rules in (("out", subnet.acl.egress), ("in", subnet.acl.ingress)):
            yield f"chain {way}-{subnet.id} {{"
            for permission, allows in rules:
                for rule in _allowed([permission], way):
                    yield rule if allows else f"{rule.removesuffix('return')}drop"
            yield "drop; }"
    yield "chain borders { type filter hook forward priority filter - 1; policy accept;"
    for subnet in subnets:
        for family, block in (("ip", subnet.ipv4), ("ip6", subnet.ipv6)):
            if block:
                yield f"{family} saddr {block} {family} daddr != {block} jump out-{subnet.id}"
                yield f"{family} daddr {block} {family} saddr != {block} jump in-{subnet.id}"
    yield "}"


def _ways(port: Port) -> Iterator[str]:
    out = f'iifname "{port.link}" oifname "{UPLINK}"'
    back = f'iifname "{UPLINK}" oifname "{port.link}"'
    translated = port.ipv4_way not in ("", "internet") or (
        port.ipv4_way == "internet" and port.public
    )
    if not translated:
        yield f"{out} meta nfproto ipv4 drop"
    if not port.ipv6_way:
        yield f"{out} meta nfproto ipv6 drop"
    # Through an egress-only gateway or a NAT gateway only answers come in.
    if not (port.ipv4_way == "internet" and port.public):
        yield f"{back} ip saddr != {HOST[0]} drop"
    if port.ipv6_way != "internet":
        yield f"{back} ip6 saddr != {HOST[1]} drop"


def _spoofed(ports: Sequence[Port]) -> Iterator[str]:
    """The source check: packets with another sender's address are dropped, those to the metadata service included."""
    yield "chain spoofed { type filter hook prerouting priority raw; policy accept;"
    for port in ports:
        if not port.checks_source:
            continue
        # A machine that has no address yet sends from the unspecified one.
        ipv4 = ", ".join(("0.0.0.0", *port.ipv4))  # noqa: S104
        yield f'iifname "{port.link}" ip saddr != {{ {ipv4} }} drop'
        ipv6 = ", ".join(("fe80::/10", "::", *port.ipv6))
        yield f'iifname "{port.link}" ip6 saddr != {{ {ipv6} }} drop'
    yield "}"


def _translated(ports: Sequence[Port]) -> Iterator[str]:
    yield "chain inbound { type nat hook prerouting priority dstnat;"
    for port in ports:
        for private, public in port.public:
            yield f'iifname "{UPLINK}" ip daddr {public} dnat ip to {private}'
    yield "}"
    yield "chain outbound { type nat hook postrouting priority srcnat;"
    for port in ports:
        for private, public in port.public:
            yield f'oifname "{UPLINK}" ip saddr {private} snat ip to {public}'
        if port.ipv4_way not in ("", "internet"):
            for private in port.ipv4:
                yield f'oifname "{UPLINK}" ip saddr {private} snat ip to {port.ipv4_way}'
    yield "}"
