"""The proxy of this machine: for this program and those that it starts, and for every unit."""

import os

import imds
from machine import write

FILE = "/etc/dualstack/proxy"
"""The environment file that a drop-in of every service names."""

VPC = "network/interfaces/macs/{}/vpc-{}-cidr-blocks"
"""Metadata with the VPC's ranges of one family. A stack does not know the IPv6 range before AWS has assigned it."""


def use(settings, *more):
    """Send requests through the proxy, except to the names in the settings, to the VPC and to `more`."""
    mac = imds.get("mac")
    ranges = [(imds.get(VPC.format(mac, family)) or "").split() for family in ("ipv4", "ipv6")]
    direct = ",".join(dict.fromkeys([*settings["direct"], *ranges[0], *ranges[1], *more]))
    values = {"http_proxy": settings["url"], "https_proxy": settings["url"], "no_proxy": direct}
    # curl reads the one spelling of http_proxy, and other programs the other.
    values.update({name.upper(): value for name, value in values.items()})
    os.environ.update(values)
    write(FILE, "".join(f"{name}={value}\n" for name, value in values.items()), 0o644)
