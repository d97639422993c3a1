"""Revoked rules of security groups: moto keeps an egress rule for IPv6 while the VPC has no IPv6 range, and says that it is gone."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import security_groups


def repair() -> None:
    """Let egress rules go as on AWS, whatever ranges the VPC has."""
    backend: Any = security_groups.SecurityGroupBackend
    backend.revoke_security_group_egress = _by_id(backend.revoke_security_group_egress)


def _by_id(revoke: Callable[..., None]) -> Callable[..., None]:
    """Name the rules by their ids, which moto looks up in the group alone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html
    """

    def revoke_security_group_egress(backend: Any, **asked: Any) -> None:
        vpc = asked.get("vpc_id")
        group = backend.get_security_group_by_name_or_id(asked["group_name_or_id"], vpc)
        if group and not asked.get("security_rule_ids"):
            wanted = backend._iterate_security_rules(
                *(asked["ip_protocol"], group.group_id, asked["from_port"], asked["to_port"]),
                *(asked["ip_ranges"], backend._add_source_group(asked.get("source_groups"), vpc)),
                asked.get("prefix_list_ids") or [],
                is_egress=True,
            )
            asked["security_rule_ids"] = [
                next((rule.id for rule in group.egress_rules if rule == one), "none")
                for one in wanted
            ]
        revoke(backend, **asked)

    return revoke_security_group_egress
