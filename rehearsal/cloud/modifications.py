"""Changes of what exists: some of them moto drops, or makes together with others that nobody asked for."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import InvalidParameterValue, InvalidSecurityGroupRuleIdNotFoundError
from moto.ec2.models import instances, security_groups
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs

SOURCES = {
    "CidrIpv4": ("ip_range", "CidrIp"),
    "CidrIpv6": ("ip_range", "CidrIpv6"),
    "ReferencedGroupId": ("source_group", "GroupId"),
}
"""The source of a rule in a request, and where moto keeps it."""

NAMES = {
    "PrivateDnsHostnameTypeOnLaunch": "HostnameType",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}
"""Attributes of a subnet that moto drops, and where it shows them."""

OPTIONS = {
    "hop_limit": "http_put_response_hop_limit",
    "http_protocol": "http_protocol_ipv6",
    "metadata_tags": "instance_metadata_tags",
}
"""Metadata options whose argument and attribute in moto differ."""


def repair() -> None:
    """Change subnets, security group rules and metadata options as AWS does."""
    subnets: Any = Subnets
    subnets.modify_subnet_attribute = _with_names(subnets.modify_subnet_attribute)
    endpoints: Any = VPCs
    for name in ("create_vpc_endpoint", "modify_vpc_endpoint"):
        setattr(endpoints, name, _with_families(getattr(endpoints, name)))
    rule: Any = security_groups.SecurityGroupRule
    rule.description = property(_description)
    rules: Any = security_groups.SecurityGroupBackend
    rules.modify_security_group_rules = _modify_rules
    machines: Any = instances.InstanceBackend
    machines.modify_instance_metadata_options = _modify_metadata_options


def _with_names(modify: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def modify_subnet_attribute(response: Any) -> ActionResult:
        subnet = response.ec2_backend.get_subnet(response._get_param("SubnetId"))
        for asked, shown in NAMES.items():
            value = response._get_param(asked, response._get_param(f"{asked}.Value"))
            value = value.get("Value") if isinstance(value, dict) else value
            if value is not None:
                subnet.private_dns_name_options_on_launch[shown] = value
        dns64 = response._get_param("EnableDns64.Value")
        if dns64 is not None:
            subnet.enable_dns64 = dns64
        return modify(response)

    return modify_subnet_attribute


def _with_families(act: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Keep the families of an endpoint and of its names, and whether its names are the service's own."""

    def create_or_modify(response: Any) -> ActionResult:
        answer = act(response)
        made: Any = answer.result
        identity = response._get_param("VpcEndpointId")
        endpoint = (
            response.ec2_backend.vpc_end_points[identity] if identity else made["VpcEndpoint"]
        )
        for name in ("IpAddressType", "DnsOptions", "PrivateDnsEnabled"):
            value = response._get_param(name)
            if value is not None:
                setattr(endpoint, camelcase_to_underscores(name), value)
        return answer

    return create_or_modify


def _description(rule: Any) -> str | None:
    """moto looks for it beside a range alone, and not beside another group."""
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _modify_rules(backend: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    """Change ports, protocol, source and description. moto changes an IPv4 range alone."""
    group = backend.get_security_group_by_name_or_id(group_id)
    for rule_id, wanted in rules.items():
        rule = group.get_rule(rule_id)
        if rule is None:
            raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
        [name] = [name for name in SOURCES if name in wanted] or [""]
        place, key = SOURCES.get(name, ("", ""))
        if not place or key not in getattr(rule, place):
            raise InvalidParameterValue(
                f"Invalid rule type for security group rule '{rule_id}'. A rule keeps the kind of its source."
            )
        every = wanted["IpProtocol"] == "-1"
        rule.ip_protocol = wanted["IpProtocol"]
        rule.from_port = None if every else int(wanted["FromPort"])
        rule.to_port = None if every else int(wanted["ToPort"])
        getattr(rule, place)[key] = wanted[name]
        getattr(rule, place).pop("Description", None)
        getattr(rule, place).update({k: v for k, v in wanted.items() if k == "Description"})


def _modify_metadata_options(backend: Any, instance_id: str, **asked: Any) -> Any:
    """Keep the options that the request does not name. moto sets them to their defaults."""
    options = backend.get_instance(instance_id).metadata_options
    for name, value in asked.items():
        if value is not None and name != "dry_run":
            setattr(options, OPTIONS.get(name, name), value)
    return options
