"""Full and short names of services with VPC endpoints."""

import pytest

from components.facts.endpoint_services import interface_name, region_named, short_name


@pytest.mark.parametrize(
    ("region", "service", "full"),
    [
        ("eu-west-1", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"),
        ("us-gov-west-1", "sts", "com.amazonaws.us-gov-west-1.sts"),
        ("cn-northwest-1", "ecr.dkr", "cn.com.amazonaws.cn-northwest-1.ecr.dkr"),
        ("cn-north-1", "ec2", "cn.com.amazonaws.cn-north-1.ec2"),
        ("cn-north-1", "secretsmanager", "com.amazonaws.cn-north-1.secretsmanager"),
    ],
)
def test_a_service_has_the_name_of_its_partition(region: str, service: str, full: str):
    assert interface_name(region, service) == full
    assert interface_name(region, full) == full
    assert (short_name(full), region_named(full)) == (service, region)


def test_a_short_name_names_no_region():
    assert (short_name("ecr.api"), region_named("ecr.api")) == ("ecr.api", None)
    assert (short_name("com.amazonaws.ssm"), region_named("com.amazonaws.ssm")) == ("ssm", None)
