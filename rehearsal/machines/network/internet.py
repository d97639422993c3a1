"""The internet outside of every VPC: this host, which serves releases, images and AWS, and clients elsewhere."""

from ...well_known import HOST
from ..ledger import PREFIX, Ledger
from ..shell import attempt, run
from .namespaces import Namespace

CORE = ("10.255.0.2", "fd00:255::2")
HOST_LINK = f"{PREFIX}host"

PUBLIC = "198.18.0.0/15"
"""The range of public IPv4 addresses: RFC 2544 reserves it for test networks."""

CLIENT = ("203.0.113.10", "2001:db8:203::10")
"""A client elsewhere, in ranges that the stacks allow."""

STRANGER = ("198.51.100.10", "2001:db8:bad::10")
"""A client elsewhere that no stack allows."""

INTERNET = Namespace(f"{PREFIX}internet")
OUTSIDE = Namespace(f"{PREFIX}outside")


def make(ledger: Ledger) -> None:
    """Make the internet, unless it exists."""
    if OUTSIDE.is_whole:
        return
    # A crash between the lines below leaves half of it.
    ledger.undo(lambda entry: entry.name in (HOST_LINK, INTERNET.name, OUTSIDE.name))
    INTERNET.make(ledger)
    INTERNET.set("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    _join_host(ledger)
    _place_clients(ledger)


def _join_host(ledger: Ledger) -> None:
    ledger.note("link", HOST_LINK)
    run("ip", "link", "add", HOST_LINK, "type", "veth", "peer", "host", "netns", INTERNET.name)
    INTERNET.ip(
        f"addr add {CORE[0]}/24 dev host",
        f"addr add {CORE[1]}/64 dev host nodad",
        "link set host up",
    )
    batch = [
        f"addr add {HOST[0]}/24 dev {HOST_LINK}",
        f"addr add {HOST[1]}/64 dev {HOST_LINK} nodad",
        f"link set {HOST_LINK} up",
        *(f"route add {place} via {CORE[0]}" for place in (PUBLIC, f"{CLIENT[0]}/32")),
    ]
    run("ip", "-batch", "-", text="\n".join(batch) + "\n")


def _place_clients(ledger: Ledger) -> None:
    OUTSIDE.make(ledger)
    INTERNET.ip(
        f"link add outside type veth peer name eth0 netns {OUTSIDE.name}",
        "addr add fe80::1/64 dev outside nodad",
        "link set outside up",
    )
    addresses = [*CLIENT, *STRANGER]
    OUTSIDE.ip(
        "addr add fe80::2/64 dev eth0 nodad",
        "link set eth0 up",
        *(f"addr add {address} dev lo nodad" for address in addresses),
        "route add 0.0.0.0/0 via inet6 fe80::1 dev eth0",
        f"route add ::/0 via fe80::1 dev eth0 src {CLIENT[1]}",
    )
    INTERNET.ip(
        *(f"route add {a}/32 via inet6 fe80::2 dev outside" for a in addresses if ":" not in a),
        *(f"route add {a}/128 via fe80::2 dev outside" for a in addresses if ":" in a),
    )
    OUTSIDE.mark_whole()


def lead_host_to(destination: str) -> None:
    """Let this host reach an address or a range through the internet."""
    core = CORE[1] if ":" in destination else CORE[0]
    attempt("ip", "route", "replace", destination, "via", core, "dev", HOST_LINK)
