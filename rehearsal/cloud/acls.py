"""The default network ACL of a VPC: moto's has rules for IPv4 only."""

from collections.abc import Callable
from typing import Any

from components.facts.families import ANYWHERE, Family
from moto.ec2.models import network_acls

IPV6_RULES = ((101, "allow"), (32768, "deny"))
"""Numbers and actions of the rules that AWS adds for IPv6."""


def repair() -> None:
    """Add the rules for IPv6 to every default network ACL."""
    backend: Any = network_acls.NetworkAclBackend
    backend.add_default_entries = _for_both_families(backend.add_default_entries)


def _for_both_families(add: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def add_default_entries(backend: Any, network_acl_id: str) -> None:
        add(backend, network_acl_id)
        acl = backend.get_network_acl(network_acl_id)
        acl.network_acl_entries += [
            network_acls.NetworkAclEntry(
                backend,
                network_acl_id,
                rule_number=number,
                protocol="-1",
                rule_action=action,
                egress=egress,
                cidr_block=None,  # type: ignore[arg-type] moto's annotation allows IPv4 only
                icmp_code=None,
                icmp_type=None,
                port_range_from=None,
                port_range_to=None,
                ipv6_cidr_block=ANYWHERE[Family.IPV6],
            )
            for number, action in IPV6_RULES
            for egress in (True, False)
        ]

    return add_default_entries
