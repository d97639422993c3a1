"""Which servers are asked without the proxy of the environment, by the rules of kubectl.

The rules: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
"""

import os
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

NAMES = ("no_proxy", "NO_PROXY")
PORTS = {"http": 80, "https": 443}


def is_exempt(server: str, exempted: str) -> bool:
    """Whether a server is on this machine, or `exempted` has it: hosts, as in no_proxy."""
    url = urlsplit(server)
    host = (url.hostname or "").rstrip(".").lower()
    port = url.port or PORTS.get(url.scheme, 0)
    return _is_here(host) or any(
        _covers(entry.strip().lower(), host, port) for entry in exempted.split(",")
    )


def exempted() -> str:
    """The hosts that the environment exempts from its proxy."""
    return next((value for name in NAMES if (value := os.environ.get(name))), "")


def exempt(server: str) -> None:
    """Make every library of this process go past the proxy to a server: some of them read the environment again."""
    host = urlsplit(server).hostname or ""
    os.environ.update(dict.fromkeys(NAMES, ",".join(filter(None, (host, exempted())))))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _covers(entry: str, host: str, port: int) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        pass
    name, _, number = entry.rpartition(":")
    if number.isdecimal() and (name.startswith("[") or ":" not in name):
        if int(number) != port:
            return False
        entry = name.strip("[]")
    entry = entry.removeprefix("*")
    # A dot at the beginning exempts the names below alone.
    if entry.startswith("."):
        return host.endswith(entry)
    return host == entry or host.endswith(f".{entry}")
