"""What machines have made in AWS by themselves, which no engine knows of and so takes away."""

from collections.abc import Iterator
from typing import Any

from components.facts.ssm_paths import ROOT
from components.permissions.controllers import LOAD_BALANCERS_TAG

AT_ONCE = 10
"""Parameters that AWS deletes in one call."""

TAGGED_AT_ONCE = 20
"""Load balancers whose tags AWS tells in one call."""


def forget_parameters(ssm: Any, cluster: str) -> None:
    """Delete the markers of leaders and the reports of machines."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"{ROOT}/{cluster}", Recursive=True
    )
    names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    for start in range(0, len(names), AT_ONCE):
        ssm.delete_parameters(Names=names[start : start + AT_ONCE])


def remove_load_balancers(elb: Any, ec2: Any, cluster: str) -> list[str]:
    """Delete the load balancers that a controller made for the cluster's Services, which would hold its VPC; their names."""
    balancers = list(_made_for(cluster, elb, "LoadBalancers", "LoadBalancerArn"))
    for balancer in balancers:
        elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    for group in _made_for(cluster, elb, "TargetGroups", "TargetGroupArn"):
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
    for group in _groups(ec2, f"tag:{LOAD_BALANCERS_TAG}", cluster):
        _remove_group(ec2, group["GroupId"])
    return [balancer["LoadBalancerName"] for balancer in balancers]


def _made_for(cluster: str, elb: Any, kind: str, key: str) -> Iterator[dict[str, Any]]:
    call = {"LoadBalancers": "describe_load_balancers", "TargetGroups": "describe_target_groups"}
    found = {
        one[key]: one for page in elb.get_paginator(call[kind]).paginate() for one in page[kind]
    }
    arns = list(found)
    for start in range(0, len(arns), TAGGED_AT_ONCE):
        answer = elb.describe_tags(ResourceArns=arns[start : start + TAGGED_AT_ONCE])
        for told in answer["TagDescriptions"]:
            if {"Key": LOAD_BALANCERS_TAG, "Value": cluster} in told["Tags"]:
                yield found[told["ResourceArn"]]


def _groups(ec2: Any, name: str, value: str) -> list[dict[str, Any]]:
    return ec2.describe_security_groups(Filters=[{"Name": name, "Values": [value]}])[
        "SecurityGroups"
    ]


def _remove_group(ec2: Any, group_id: str) -> None:
    """Delete a group, and first the rules by which machines let its load balancer in: they would hold it."""
    for other in _groups(ec2, "ip-permission.group-id", group_id):
        for rule in other["IpPermissions"]:
            named = [pair for pair in rule["UserIdGroupPairs"] if pair["GroupId"] == group_id]
            if named:
                only = {**rule, "UserIdGroupPairs": named, "IpRanges": [], "Ipv6Ranges": []}
                ec2.revoke_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[only])
    ec2.delete_security_group(GroupId=group_id)
