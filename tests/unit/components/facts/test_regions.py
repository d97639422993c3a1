"""Regions and partitions, held against AWS's own table."""

import json
import re
from pathlib import Path

import botocore
import pytest

from components.facts.regions import (
    PARTITIONS,
    REGION,
    TABLE,
    UNSUPPORTED,
    dns_suffix,
    partition,
    partition_of,
    unsupported_partition,
)

KNOWN = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())
REGIONS = [
    (one["id"], region)
    for one in KNOWN["partitions"]
    for region in one["regions"]
    if not region.endswith("-global")
]


@pytest.mark.parametrize(("name", "region"), REGIONS)
def test_every_region_of_aws_is_of_its_partition_or_is_refused_by_name(name: str, region: str):
    if name in PARTITIONS:
        assert partition(region) == name
        assert unsupported_partition(region) is None
    else:
        assert unsupported_partition(region) == name
        assert unsupported_partition(f"{region}a") == name
        assert not re.fullmatch(REGION, region)


def test_every_partition_of_aws_is_supported_or_refused():
    assert {*PARTITIONS, *UNSUPPORTED.values()} == {one["id"] for one in KNOWN["partitions"]}


def test_the_suffixes_are_those_of_aws():
    theirs = {one["id"]: one["outputs"] for one in KNOWN["partitions"]}

    for row in TABLE:
        assert row.dns_suffix == theirs[row.name]["dnsSuffix"]
        assert row.dual_stack_suffix == theirs[row.name]["dualStackDnsSuffix"]


@pytest.mark.parametrize(
    "region", ["ap-east-2", "mx-central-1", "sa-west-1", "eu-northeast-1", "us-south-1"]
)
def test_an_ordinary_region_is_known_by_its_form(region: str):
    assert (partition(region), dns_suffix(region)) == ("aws", "amazonaws.com")


@pytest.mark.parametrize(
    "region",
    [
        *("us-iso-east-1", "us-isob-west-1", "us-isof-south-1", "eu-isoe-west-1"),
        *("eusc-de-east-1", "us-isoz-east-1", "xx-north-1", "us-secret-1", "eu-west", "cn-gov-1"),
    ],
)
def test_a_region_that_the_table_does_not_know_is_not_taken_for_one_of_aws(region: str):
    with pytest.raises(ValueError, match=f"{region} is no region of aws, aws-cn, aws-us-gov"):
        partition_of(region)
