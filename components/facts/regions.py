"""AWS regions: the partition of each, and the names that differ between partitions."""

import re
from dataclasses import dataclass

_PLACE = r"(central|(north|south)(east|west)?|east|west)"
"""The middle of a region's name: `central`, or a direction like `west` or `northeast`."""


@dataclass(frozen=True, slots=True)
class Partition:
    """What is the same for all regions of a partition.

    Only EC2's service principal has the partition's suffix: those of other services, like `vpc-flow-logs.amazonaws.com`, are the
    same everywhere. https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
    """

    name: str
    """The partition in ARNs."""
    regions: str
    """A pattern of the names of its regions."""
    dns_suffix: str
    """The suffix of the names of its services."""
    dual_stack_suffix: str
    """The suffix of those names that have an IPv6 address too."""


TABLE = (
    # AWS adds regions every year, so a name is known by its form. The areas and suffixes are those of botocore/data/partitions.json.
    Partition(
        "aws",
        rf"(af|ap|ca|eu|il|me|mx|sa|us)-{_PLACE}-[0-9]",
        "amazonaws.com",
        "api.aws",
    ),
    Partition(
        "aws-cn",
        rf"cn-{_PLACE}-[0-9]",
        "amazonaws.com.cn",
        "api.amazonwebservices.com.cn",
    ),
    Partition("aws-us-gov", rf"us-gov-{_PLACE}-[0-9]", "amazonaws.com", "api.aws"),
)
"""The supported partitions."""

PARTITIONS = tuple(one.name for one in TABLE)

REGION = "|".join(f"({one.regions})" for one in TABLE)
"""A pattern of the names of all supported regions."""

UNSUPPORTED = {
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
"""The other partitions, by the start of their regions' names."""


def unsupported_partition(place: str) -> str | None:
    """The partition of a region or zone if it is one that this project does not support."""
    return next((name for start, name in UNSUPPORTED.items() if place.startswith(start)), None)


def partition_of(region: str) -> Partition:
    """The row of a region's partition; a `ValueError` if the table has none."""
    for one in TABLE:
        if re.fullmatch(one.regions, region):
            return one
    raise ValueError(f"{region} is no region of {', '.join(PARTITIONS)}")


def partition(region: str) -> str:
    """The partition in every ARN of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    return partition_of(region).name


def dns_suffix(region: str) -> str:
    """The DNS suffix of the names of a region's AWS services."""
    return partition_of(region).dns_suffix


def region_of(zone: str) -> str:
    """The region of a zone: `eu-west-1` of `eu-west-1a`."""
    return zone[:-1]
