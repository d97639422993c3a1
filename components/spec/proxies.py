"""How machines reach the internet: a proxy, and what is reached without it."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator

from ..config.forms import distinct
from ..config.wording import shown
from ..facts.regions import dns_suffix
from .hosts import Direct, with_sound_host

FORM = "write one like http://proxy.example.com:3128"

ALWAYS_DIRECT = (
    *("localhost", "127.0.0.1", "127.0.0.0/8", "::1"),
    # Metadata answer on the machine's own link, in either family.
    *("169.254.169.254", "fd00:ec2::254"),
    *(".svc", ".cluster.local", ".internal"),
)
"""What no proxy can reach in anybody's place: the machine itself, its metadata, and names of the cluster and its VPC."""


def _proxy(value: str) -> str:
    """Refuse what some program of a machine cannot use, and credentials."""
    if "@" in value:
        raise ValueError(
            "it holds credentials, and everybody who may read user data would read them; "
            "let the proxy admit the machines by their addresses"
        )
    if value.startswith("https://"):
        raise ValueError(
            f"{shown(value)} speaks TLS with its clients, which Python on the machines does not; {FORM}: "
            "what goes through it is encrypted all the same"
        )
    if not re.fullmatch(r"http://([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):[0-9]{1,5}", value):
        raise ValueError(
            f"{shown(value)} is not a proxy with its port, which programs would guess differently; {FORM}"
        )
    return with_sound_host(value)


ProxyUrl = Annotated[str, AfterValidator(_proxy)]

DirectNames = Annotated[list[Direct], distinct("name")]


def direct(
    own: Iterable[str],
    ranges: Iterable[IPv4Network | IPv6Network] = (),
    *,
    region: str = "",
    endpoints: Iterable[str] = (),
) -> list[str]:
    """What is reached without the proxy: names, ranges, and the services that have an endpoint in the VPC.

    A service's parts are in the reverse order in its host name: `ecr.dkr` is `dkr.ecr.<region>`.
    """
    hosts = [".".join([*reversed(service.split(".")), region]) for service in endpoints]
    names = [f"{host}.{dns_suffix(region)}" for host in hosts]
    return list(dict.fromkeys([*ALWAYS_DIRECT, *map(str, ranges), *names, *own]))
