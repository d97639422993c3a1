"""What AWS holds, asked of AWS by a plain client and not of the program."""

from collections import Counter
from collections.abc import Callable
from typing import Any

Found = set[tuple[str, str]]
"""Things, each by its kind and its identity."""

OF_EC2 = {
    "describe_vpcs": ("Vpcs", "VpcId"),
    "describe_subnets": ("Subnets", "SubnetId"),
    "describe_route_tables": ("RouteTables", "RouteTableId"),
    "describe_network_acls": ("NetworkAcls", "NetworkAclId"),
    "describe_security_groups": ("SecurityGroups", "GroupId"),
    "describe_security_group_rules": ("SecurityGroupRules", "SecurityGroupRuleId"),
    "describe_network_interfaces": ("NetworkInterfaces", "NetworkInterfaceId"),
    "describe_addresses": ("Addresses", "AllocationId"),
    "describe_internet_gateways": ("InternetGateways", "InternetGatewayId"),
    "describe_egress_only_internet_gateways": (
        "EgressOnlyInternetGateways",
        "EgressOnlyInternetGatewayId",
    ),
    "describe_nat_gateways": ("NatGateways", "NatGatewayId"),
    "describe_vpc_endpoints": ("VpcEndpoints", "VpcEndpointId"),
    "describe_flow_logs": ("FlowLogs", "FlowLogId"),
    "describe_launch_templates": ("LaunchTemplates", "LaunchTemplateId"),
    "describe_volumes": ("Volumes", "VolumeId"),
    "describe_iam_instance_profile_associations": (
        "IamInstanceProfileAssociations",
        "AssociationId",
    ),
}

OF_OTHERS = {
    ("elbv2", "describe_load_balancers"): ("LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups"): ("TargetGroups", "TargetGroupArn"),
    ("autoscaling", "describe_auto_scaling_groups"): ("AutoScalingGroups", "AutoScalingGroupName"),
    ("ssm", "describe_parameters"): ("Parameters", "Name"),
    # A key waits a week for its deletion and is listed; its alias is gone at once.
    ("kms", "list_aliases"): ("Aliases", "AliasName"),
    ("logs", "describe_log_groups"): ("logGroups", "logGroupName"),
    ("iam", "list_roles"): ("Roles", "RoleName"),
    ("iam", "list_instance_profiles"): ("InstanceProfiles", "InstanceProfileName"),
}

GONE = ("deleted", "terminated")
"""States in which AWS still lists for an hour what is not there any more."""


def inventory(client: Callable[..., Any], region: str) -> Found:
    """Everything there is in a region, and of IAM."""
    calls = {("ec2", call): rows for call, rows in OF_EC2.items()} | OF_OTHERS
    found = {
        (rows, str(row[identity]))
        for (service, call), (rows, identity) in calls.items()
        for row in _all(client(service, region), call, rows)
        if row.get("State") not in GONE and not str(row[identity]).startswith("/aws/")
    }
    return found | {("Instances", one["InstanceId"]) for one in instances(client, region)}


def instances(client: Callable[..., Any], region: str) -> list[dict[str, Any]]:
    """The machines that have not been taken away."""
    return [
        machine
        for reservation in _all(client("ec2", region), "describe_instances", "Reservations")
        for machine in reservation["Instances"]
        if machine["State"]["Name"] not in GONE
    ]


def counted(found: Found) -> dict[str, int]:
    """How many there are of each kind."""
    return dict(sorted(Counter(kind for kind, _ in found).items()))


def _all(service: Any, call: str, rows: str) -> list[dict[str, Any]]:
    if not service.can_paginate(call):
        return getattr(service, call)()[rows]
    return [row for page in service.get_paginator(call).paginate() for row in page[rows]]
