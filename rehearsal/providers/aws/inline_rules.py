"""Rules inside of a security group, as AWS is asked for them and as it answers."""

from typing import Any

from ..resource_type import Properties
from .resource import request
from .session import Aws

INLINE_SOURCES = (
    ("IpRanges", "CidrIp", "cidrBlocks"),
    ("Ipv6Ranges", "CidrIpv6", "ipv6CidrBlocks"),
    ("PrefixListIds", "PrefixListId", "prefixListIds"),
    ("UserIdGroupPairs", "GroupId", "securityGroups"),
)
"""Sources of an inline rule: the kind and the key in AWS, and the name of the input."""


def authorize(aws: Aws, identity: str, ingress: Any, egress: Any) -> None:
    """Add inline rules to a group."""
    if ingress:
        permissions = [_inline(identity, rule) for rule in ingress]
        aws.ec2.authorize_security_group_ingress(GroupId=identity, IpPermissions=permissions)
    if egress:
        permissions = [_inline(identity, rule) for rule in egress]
        aws.ec2.authorize_security_group_egress(GroupId=identity, IpPermissions=permissions)


def revoke(aws: Aws, identity: str, ingress: Any, egress: Any) -> None:
    """Remove inline rules from a group."""
    if ingress:
        permissions = [_inline(identity, rule) for rule in ingress]
        aws.ec2.revoke_security_group_ingress(GroupId=identity, IpPermissions=permissions)
    if egress:
        permissions = [_inline(identity, rule) for rule in egress]
        aws.ec2.revoke_security_group_egress(GroupId=identity, IpPermissions=permissions)


def exchange(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    """Change the inline rules of a group. Those that stay are not touched, as the provider does it."""
    gone, added = _without(old, new), _without(new, old)
    revoke(aws, identity, gone["ingress"], gone["egress"])
    authorize(aws, identity, added["ingress"], added["egress"])


def _without(these: Properties, others: Properties) -> dict[str, list[Properties]]:
    return {
        name: [rule for rule in these.get(name) or () if rule not in (others.get(name) or ())]
        for name in ("ingress", "egress")
    }


def read_inline(identity: str, permissions: list[dict[str, Any]]) -> list[Properties]:
    """The rules of a group in the form of inline ones: one for each protocol, ports and description."""
    found: dict[tuple[Any, ...], Properties] = {}
    for permission in permissions:
        ports = permission.get("FromPort") or 0, permission.get("ToPort") or 0
        for kind, key, name in INLINE_SOURCES:
            for source in permission.get(kind) or ():
                said = source.get("Description", "")
                rule = found.setdefault(
                    (permission["IpProtocol"], *ports, said),
                    {"protocol": permission["IpProtocol"], "fromPort": ports[0], "toPort": ports[1]}
                    | ({"description": said} if said else {}),
                )
                if source[key] == identity:
                    rule["self"] = True
                else:
                    rule.setdefault(name, []).append(source[key])
    return list(found.values())


def _inline(identity: str, rule: Properties) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": rule["protocol"]}
    if rule["protocol"] not in ("-1", "all"):
        permission |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    described = request(rule, "description")
    groups = list(rule.get("securityGroups") or ()) + ([identity] if rule.get("self") else [])
    for kind, key, name in INLINE_SOURCES:
        values = groups if name == "securityGroups" else rule.get(name)
        if values:
            permission[kind] = [{key: value, **described} for value in values]
    return permission
