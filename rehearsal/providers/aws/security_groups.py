"""Security groups, the default group of a VPC, and rules as separate resources."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..resource_type import Made, Properties
from ..schema import InputFault
from .inline_rules import authorize, exchange, read_inline
from .resource import Ec2Resource, changed, inputs_from, request, retag, tags_of
from .session import Aws, refusal

SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


class SecurityGroupResource(Ec2Resource):
    """A security group, with its inline rules."""

    engine_type = "aws:ec2/securityGroup:SecurityGroup"
    kind = "security-group"
    autoname = "name"
    replaces = frozenset({"name", "namePrefix", "description", "vpcId", "region"})
    computed = frozenset({"arn", "ownerId", "vpcId"})
    defaults = {"description": "Managed by Pulumi"}

    def faults(self, inputs: Properties) -> Iterable[InputFault]:
        yield from super().faults(inputs)
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_security_group.go
        if str(inputs.get("name")).startswith("sg-"):
            yield InputFault("name", 'cannot begin with "sg-"')

    def create(self, aws: Aws, inputs: Properties) -> Made:
        made = aws.ec2.create_security_group(
            GroupName=inputs["name"],
            Description=inputs.get("description") or self.defaults["description"],
            **request(inputs, "vpcId"),
            **self.tag_specification(aws, inputs),
        )
        identity = made["GroupId"]
        group = aws.ec2.describe_security_groups(GroupIds=[identity])["SecurityGroups"][0]
        # AWS adds a rule for all egress to a new group; the real provider deletes that rule.
        _empty(aws, group)
        authorize(aws, identity, inputs.get("ingress"), inputs.get("egress"))
        return Made(
            identity,
            {
                "arn": aws.arn("ec2", f"security-group/{identity}"),
                "ownerId": group["OwnerId"],
                "vpcId": group["VpcId"],
            },
        )

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        return _group(aws, identity, inline=bool({"ingress", "egress"} & known.keys()))

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        exchange(aws, identity, old, new)
        return super().update(aws, identity, old, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        users = group_users(aws, identity)
        if users:
            raise refusal(
                "DeleteSecurityGroup",
                "DependencyViolation",
                f"resource {identity} has a dependent object: {users[0]}",
            )
        aws.ec2.delete_security_group(GroupId=identity)


class DefaultSecurityGroupResource(Ec2Resource):
    """The default group of a VPC. It is adopted, not created, and its rules are replaced by the inline rules."""

    engine_type = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    kind = "security-group"
    replaces = frozenset({"vpcId", "region"})
    computed = frozenset({"arn", "description", "name", "namePrefix", "ownerId"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        where = [{"Name": "group-name", "Values": ["default"]}]
        if inputs.get("vpcId"):
            where.append({"Name": "vpc-id", "Values": [inputs["vpcId"]]})
        group = aws.ec2.describe_security_groups(Filters=where)["SecurityGroups"][0]
        identity = group["GroupId"]
        _empty(aws, group)
        authorize(aws, identity, inputs.get("ingress"), inputs.get("egress"))
        retag(aws, identity, {}, inputs)
        return Made(
            identity,
            {
                "arn": aws.arn("ec2", f"security-group/{identity}"),
                "description": group["Description"],
                "name": "default",
                "namePrefix": "",
                "ownerId": group["OwnerId"],
            },
        )

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        return _group(aws, identity, inline=True)

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        exchange(aws, identity, old, new)
        return super().update(aws, identity, old, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        """Do nothing: AWS deletes the group with its VPC."""

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Nothing: the group exists with or without this resource."""
        return []


class RuleResource(Ec2Resource):
    """One rule of a group, as a separate resource. Subclasses set its direction."""

    kind = "security-group-rule"
    replaces = frozenset({"securityGroupId", "region"})
    computed = frozenset({"arn", "securityGroupRuleId"})
    read_back = frozenset({*SOURCES, "description"})
    direction: str

    def create(self, aws: Aws, inputs: Properties) -> Made:
        given = [name for name in SOURCES if inputs.get(name)]
        if len(given) != 1:
            raise refusal(
                f"AuthorizeSecurityGroup{self.direction.title()}",
                "InvalidParameterCombination",
                f"a rule names exactly one of {', '.join(SOURCES)}, and this one names "
                f"{', '.join(given) or 'none'}",
            )
        self._check_ports(inputs)
        authorized = getattr(aws.ec2, f"authorize_security_group_{self.direction}")(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            **self.tag_specification(aws, inputs),
        )
        identity = authorized["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        arn = aws.arn("ec2", f"security-group-rule/{identity}")
        return Made(identity, {"arn": arn, "securityGroupRuleId": identity})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[identity])
        [rule] = found["SecurityGroupRules"]
        return _rule(rule) | {
            "arn": aws.arn("ec2", f"security-group-rule/{identity}"),
            "securityGroupId": rule["GroupId"],
            "securityGroupRuleId": identity,
            "tagsAll": tags_of(rule),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._check_ports(new)
        if changed(old, new, *SOURCES, "ipProtocol", "fromPort", "toPort", "description"):
            aws.ec2.modify_security_group_rules(
                GroupId=new["securityGroupId"],
                SecurityGroupRules=[
                    {
                        "SecurityGroupRuleId": identity,
                        "SecurityGroupRule": request(
                            new,
                            *("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6"),
                            *("description", "prefixListId"),
                            referencedSecurityGroupId="ReferencedGroupId",
                        ),
                    }
                ],
            )
        return super().update(aws, identity, old, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        getattr(aws.ec2, f"revoke_security_group_{self.direction}")(
            GroupId=properties["securityGroupId"], SecurityGroupRuleIds=[identity]
        )

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """The rule for the same source and traffic. A group has at most one such rule."""
        there = aws.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [properties["securityGroupId"]]}]
        )["SecurityGroupRules"]
        wanted = _permission({n: v for n, v in properties.items() if n != "description"})
        return [
            rule["SecurityGroupRuleId"]
            for rule in there
            if rule["IsEgress"] is (self.direction == "egress") and _traffic(rule) == wanted
        ]

    def _check_ports(self, inputs: Properties) -> None:
        every = inputs.get("ipProtocol") in ("-1", "all")
        ported = inputs.get("ipProtocol") in ("tcp", "udp", "icmp")
        ports = [name for name in ("fromPort", "toPort") if inputs.get(name) is not None]
        if (every and ports) or (ported and len(ports) != 2):
            wanted = "takes no ports" if every else "needs both fromPort and toPort"
            raise refusal(
                f"AuthorizeSecurityGroup{self.direction.title()}",
                "InvalidParameterValue",
                f"protocol {inputs['ipProtocol']} {wanted}",
            )


class IngressRuleResource(RuleResource):
    """An ingress rule."""

    engine_type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "ingress"


class EgressRuleResource(RuleResource):
    """An egress rule."""

    engine_type = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "egress"


def group_users(aws: Aws, identity: str) -> list[str]:
    """Ids that AWS requires to be gone before the group: interfaces, load balancers, and groups whose rules refer to it."""
    where = [{"Name": "group-id", "Values": [identity]}]
    interfaces = aws.ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]
    balancers = aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
    rules = aws.ec2.describe_security_group_rules()["SecurityGroupRules"]
    return [
        *(interface["NetworkInterfaceId"] for interface in interfaces),
        *(b["LoadBalancerArn"] for b in balancers if identity in b.get("SecurityGroups", ())),
        *(
            rule["GroupId"]
            for rule in rules
            if rule.get("ReferencedGroupInfo", {}).get("GroupId") == identity
            and rule["GroupId"] != identity
        ),
    ]


def _empty(aws: Aws, group: Properties) -> None:
    if group["IpPermissions"]:
        aws.ec2.revoke_security_group_ingress(
            GroupId=group["GroupId"], IpPermissions=group["IpPermissions"]
        )
    if group["IpPermissionsEgress"]:
        aws.ec2.revoke_security_group_egress(
            GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"]
        )


def _permission(rule: Properties) -> dict[str, Any]:
    permission = request(rule, "ipProtocol", "fromPort", "toPort")
    described = request(rule, "description")
    for name, kind, key in (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if rule.get(name):
            permission[kind] = [{key: rule[name], **described}]
    return permission


def _traffic(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The traffic of an existing rule, in the form of a request for one."""
    given = {n: value for n, value in _rule(rule).items() if n != "description"}
    return _permission({n: value for n, value in given.items() if value not in (None, -1)})


def _rule(rule: Mapping[str, Any]) -> Properties:
    """An existing rule, as the inputs of a separate rule. AWS reports port -1 where the rule allows every port."""
    found = inputs_from(rule, "ipProtocol", "fromPort", "toPort", "description", *SOURCES[:3])
    if found["ipProtocol"] == "-1":
        found |= {"fromPort": None, "toPort": None}
    group = rule.get("ReferencedGroupInfo") or {}
    return found | {"referencedSecurityGroupId": group.get("GroupId")}


def _group(aws: Aws, identity: str, *, inline: bool) -> Properties:
    """A group of AWS. The rules are read back into one that has them inline, for others may be separate resources."""
    group = aws.ec2.describe_security_groups(GroupIds=[identity])["SecurityGroups"][0]
    rules = {
        "ingress": read_inline(identity, group["IpPermissions"]),
        "egress": read_inline(identity, group["IpPermissionsEgress"]),
    }
    return {
        "arn": aws.arn("ec2", f"security-group/{identity}"),
        "name": group["GroupName"],
        "tagsAll": tags_of(group),
        **inputs_from(group, "description", "ownerId", "vpcId"),
        **(rules if inline else {}),
    }


RESOURCES = (
    SecurityGroupResource(),
    DefaultSecurityGroupResource(),
    IngressRuleResource(),
    EgressRuleResource(),
)
