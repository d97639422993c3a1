"""Names of AWS's services as VPC endpoints name them."""

import re

from .regions import partition

FULL = re.compile(
    r"(?P<prefix>(cn\.)?com\.amazonaws)\.((?P<region>[a-z-]+-[0-9])\.)?(?P<service>.+)"
)
"""The full name of a service, like `com.amazonaws.eu-west-1.ssm`."""

ELSEWHERE = re.compile(
    r"((cn\.)?com\.amazonaws\.)?((vpce|s3-global)\..*|([a-z0-9.-]+\.)?vpce-svc-.*)|aws\..*"
)
"""Services whose full names have another form, long or cut short: those of other accounts, S3's of all regions, and those of
names like `aws.sagemaker.eu-west-1.notebook`. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"""

CHINESE = frozenset(
    {"account", "application-autoscaling", "appmesh-envoy-management", "athena", "autoscaling"}
    | {"awsconnector", "backup", "batch", "cassandra", "cloudcontrolapi", "cloudformation"}
    | {"codedeploy-commands-secure", "databrew", "dms", "ebs", "ec2", "ecr.api", "ecr.dkr", "eks"}
    | {"elasticache", "elasticbeanstalk", "elasticfilesystem", "elasticfilesystem-fips"}
    | {"emr-containers", "execute-api", "fsx", "imagebuilder", "iot.data", "iotsitewise.api"}
    | {"iotsitewise.data", "kinesis-streams", "lambda", "license-manager", "monitoring", "polly"}
    | {"rds", "redshift", "redshift-data", "s3", "sagemaker.api", "sagemaker.featurestore-runtime"}
    | {"sagemaker.runtime", "securityhub", "servicecatalog", "sms", "sqs", "states", "sts"}
    | {"sync-states", "synthetics", "transfer", "workspaces", "xray"}
)
"""Services whose interface endpoints in aws-cn begin with `cn.com.amazonaws`. All others begin with `com.amazonaws` there too,
and so does the gateway of S3. As `aws ec2 describe-vpc-endpoint-services` listed them: https://github.com/aws/aws-cdk/pull/25333"""


def short_name(service: str) -> str:
    """The service of a full name; a short name is one already."""
    found = FULL.fullmatch(service)
    return found["service"] if found else service


def region_named(service: str) -> str | None:
    """The region in a full name; None if the name has none."""
    found = FULL.fullmatch(service)
    return found["region"] if found else None


def interface_name(region: str, service: str) -> str:
    """The full name of the service of an interface endpoint. A full name stays as it is."""
    if FULL.fullmatch(service):
        return service
    chinese = partition(region) == "aws-cn" and service in CHINESE
    return f"{'cn.' if chinese else ''}com.amazonaws.{region}.{service}"
