"""Resources that machines have made in AWS. The engine does not know them, so it cannot delete them."""

from collections.abc import Iterator
from typing import Any

from components.facts.ssm_paths import ROOT
from components.permissions.controllers import LOAD_BALANCERS_TAG

AT_ONCE = 10
"""How many parameters one call may delete."""

TAGGED_AT_ONCE = 20
"""How many load balancers one call may ask for tags."""


def forget_parameters(ssm: Any, cluster: str) -> None:
    """Delete the leader markers and the status reports of the cluster's machines."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"{ROOT}/{cluster}", Recursive=True
    )
    names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    for start in range(0, len(names), AT_ONCE):
        ssm.delete_parameters(Names=names[start : start + AT_ONCE])


def remove_load_balancers(elb: Any, ec2: Any, cluster: str) -> list[str]:
    """Delete the load balancers that a controller made for the cluster's Services, and return their names.

    A VPC cannot be deleted while it contains a load balancer.
    """
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
        for tagged in answer["TagDescriptions"]:
            if {"Key": LOAD_BALANCERS_TAG, "Value": cluster} in tagged["Tags"]:
                yield found[tagged["ResourceArn"]]


def _groups(ec2: Any, name: str, value: str) -> list[dict[str, Any]]:
    return ec2.describe_security_groups(Filters=[{"Name": name, "Values": [value]}])[
        "SecurityGroups"
    ]


def _remove_group(ec2: Any, group_id: str) -> None:
    """Delete a security group. The rules that name it are deleted first, since AWS refuses to delete a group that is in use."""
    for other in _groups(ec2, "ip-permission.group-id", group_id):
        for rule in other["IpPermissions"]:
            named = [pair for pair in rule["UserIdGroupPairs"] if pair["GroupId"] == group_id]
            if named:
                only = {**rule, "UserIdGroupPairs": named, "IpRanges": [], "Ipv6Ranges": []}
                ec2.revoke_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[only])
    ec2.delete_security_group(GroupId=group_id)
