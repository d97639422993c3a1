"""The proxy of this machine: for this program and those that it starts, and for every unit."""

import os

import imds
from machine import path, write

FILE = "/etc/dualstack/proxy"
"""The environment file that a drop-in of every service names."""

VPC = "network/interfaces/macs/{}/vpc-{}-cidr-blocks"
"""Metadata with the VPC's ranges of one family. A stack does not know the IPv6 range before AWS has assigned it."""


def use(settings, host=None):
    """Send requests through the proxy, except to the names in the settings, to the VPC and to the API's host.

    While the host is not known, all that the file has stays: every start of a machine that has joined comes here first.
    """
    mac = imds.require("mac")
    ranges = [imds.require(VPC.format(mac, family)).split() for family in ("ipv4", "ipv6")]
    known = [host] if host else _direct()
    direct = ",".join(dict.fromkeys([*settings["direct"], *ranges[0], *ranges[1], *known]))
    values = {"http_proxy": settings["url"], "https_proxy": settings["url"], "no_proxy": direct}
    # curl reads the one spelling of http_proxy, and other programs the other.
    values.update({name.upper(): value for name, value in values.items()})
    os.environ.update(values)
    write(FILE, "".join(f"{name}={value}\n" for name, value in values.items()), 0o644)


def _direct():
    """What the file says is reached directly."""
    lines = path(FILE).read_text().splitlines() if path(FILE).exists() else []
    found = [line.partition("=")[2] for line in lines if line.startswith("no_proxy=")]
    return [name for names in found for name in names.split(",")]
