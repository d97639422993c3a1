"""Flow logs: a record of a VPC's traffic, in CloudWatch or in an S3 bucket."""

import json

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from .facts.choices import FlowLogDestination
from .facts.tags import named
from .permissions.statements import document
from .spec.network import NetworkSpec

WRITE_ACTIONS = [
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
]
"""The actions that the delivery of logs needs. None creates log groups, since this program creates the group.
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"""


def log_flows(
    vpc: pulumi.Resource, name: str, spec: NetworkSpec, vpc_id: pulumi.Output[str]
) -> None:
    """Record a VPC's traffic at the destination in the spec."""
    label = f"{name}-flows"
    child = pulumi.ResourceOptions(parent=vpc)
    match spec.flow_logs.destination:
        case FlowLogDestination.NONE:
            return
        case FlowLogDestination.S3:
            ec2.FlowLog(
                label,
                vpc_id=vpc_id,
                traffic_type="ALL",
                log_destination_type="s3",
                log_destination=spec.flow_logs.bucket_arn,
                tags=named(spec.tags, label),
                opts=child,
            )
        case FlowLogDestination.CLOUD_WATCH:
            group = cloudwatch.LogGroup(
                label,
                retention_in_days=spec.flow_logs.retention_days,
                tags=named(spec.tags, label),
                opts=child,
            )
            ec2.FlowLog(
                label,
                vpc_id=vpc_id,
                traffic_type="ALL",
                log_destination_type="cloud-watch-logs",
                log_destination=group.arn,
                iam_role_arn=_writer(vpc, label, spec, group).arn,
                tags=named(spec.tags, label),
                opts=child,
            )


def _writer(
    vpc: pulumi.Resource, name: str, spec: NetworkSpec, group: cloudwatch.LogGroup
) -> iam.Role:
    """The IAM role with which flow logs write into this log group only."""
    child = pulumi.ResourceOptions(parent=vpc)
    role = iam.Role(
        name,
        assume_role_policy=json.dumps(
            document(
                [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    }
                ]
            )
        ),
        tags=named(spec.tags, name),
        opts=child,
    )
    iam.RolePolicy(
        name,
        role=role.id,
        policy=group.arn.apply(
            lambda arn: json.dumps(
                document(
                    [{"Effect": "Allow", "Action": WRITE_ACTIONS, "Resource": [arn, f"{arn}:*"]}]
                )
            )
        ),
        opts=child,
    )
    return role
