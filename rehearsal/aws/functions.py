"""Look-ups: who and where we are, and which image, zone or service there is."""

from ..provider import Function, Properties
from .session import ACCOUNT, Aws

FUNCTIONS: dict[str, Function] = {}


def get_caller_identity(aws: Aws, args: Properties) -> Properties:
    found = aws.client("sts").get_caller_identity()
    return {
        "accountId": found["Account"],
        "arn": found["Arn"],
        "userId": found["UserId"],
        "id": found["Account"],
    }


def get_region(aws: Aws, args: Properties) -> Properties:
    return {
        "region": aws.region,
        "name": aws.region,
        "id": aws.region,
        "endpoint": f"ec2.{aws.region}.{_suffix(aws)}",
        "description": aws.region,
    }


def get_partition(aws: Aws, args: Properties) -> Properties:
    suffix = _suffix(aws)
    return {
        "partition": aws.partition,
        "id": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _suffix(aws: Aws) -> str:
    return "amazonaws.com.cn" if aws.partition == "aws-cn" else "amazonaws.com"


FUNCTIONS |= {
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
}
