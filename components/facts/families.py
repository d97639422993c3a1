"""The two address families, and the order in which a cluster lists them: the primary first."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Family(StrEnum):
    """An address family, as Kubernetes writes it."""

    IPV4 = "IPv4"
    """IPv4."""
    IPV6 = "IPv6"
    """IPv6."""

    @property
    def version(self) -> int:
        """4 or 6, as `ipaddress` numbers them."""
        return 4 if self is Family.IPV4 else 6


ANYWHERE = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
"""The range of every address of a family."""


def in_order(families: Sequence[Family], ipv4: T, ipv6: T) -> list[T]:
    """The two values in the order of `families`, so the primary family's first.

    Everything in a cluster that has an order (ranges, node addresses, target groups) is ordered by this function.
    """
    return [ipv4 if family is Family.IPV4 else ipv6 for family in families]
