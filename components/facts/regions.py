"""AWS regions: the partition that a region's name tells, and the names that differ between partitions."""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


def partition(region: str) -> str:
    """The partition in every ARN of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def dns_suffix(region: str) -> str:
    """The DNS suffix of the names of a region's AWS services."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def region_of(zone: str) -> str:
    """The region of a zone: `eu-west-1` of `eu-west-1a`."""
    return zone[:-1]
