"""What `python -m dualstack remains` finds of a cluster, asked of moto with real clients of AWS."""

import boto3
import pytest
from moto import mock_aws

from components.remains import main

REGION = "eu-west-1"
OWNED = {"Key": "kubernetes.io/cluster/prod", "Value": "owned"}
OF_CONTROLLER = {"Key": "elbv2.k8s.aws/cluster", "Value": "prod"}
OF_DRIVER = {"Key": "ebs.csi.aws.com/cluster-name", "Value": "prod"}
OF_ANOTHER = {"Key": "elbv2.k8s.aws/cluster", "Value": "staging"}


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """An account that is there for one test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def remains(capsys, *words: str) -> tuple[int, str]:
    """The exit code and what was said."""
    code = main(["prod", *(words or ("--region", REGION))])
    said = capsys.readouterr()
    return code, said.out + said.err


def tagged(kind: str, tag: dict[str, str]) -> list[dict]:
    return [{"ResourceType": kind, "Tags": [tag]}]


def group(ec2, name: str, tag: dict[str, str]) -> str:
    made = ec2.create_security_group(
        GroupName=name, Description=name, TagSpecifications=tagged("security-group", tag)
    )
    return made["GroupId"]


def volume(ec2, tag: dict[str, str]) -> str:
    made = ec2.create_volume(
        AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=tagged("volume", tag)
    )
    return made["VolumeId"]


def balancer(elb, ec2, name: str, tag: dict[str, str]) -> str:
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = elb.create_load_balancer(Name=name, Subnets=[subnet], Type="network", Tags=[tag])
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def test_of_a_cluster_that_left_nothing_nothing_remains(capsys):
    assert remains(capsys) == (0, f"# nothing of prod remains in {REGION}\n")


def test_each_remnant_is_the_command_that_removes_it_in_the_order_that_aws_allows(capsys):
    ec2, elb, ssm = (boto3.client(service, REGION) for service in ("ec2", "elbv2", "ssm"))
    disk, sg = volume(ec2, OF_DRIVER), group(ec2, "k8s-web", OF_CONTROLLER)
    nlb = balancer(elb, ec2, "k8s-web", OF_CONTROLLER)
    ssm.put_parameter(Name="/dualstack/prod/status/i-1", Value="joined", Type="String")

    code, said = remains(capsys)

    assert code == 1
    assert said.splitlines() == [
        f"# 4 things of prod remain in {REGION}",
        "# load balancers",
        f"aws elbv2 delete-load-balancer --load-balancer-arn {nlb} --region {REGION}",
        "# security groups",
        f"aws ec2 delete-security-group --group-id {sg} --region {REGION}",
        "# volumes: a destroy keeps those whose reclaim policy is Retain",
        f"aws ec2 delete-volume --volume-id {disk} --region {REGION}",
        "# parameters",
        f"aws ssm delete-parameter --name /dualstack/prod/status/i-1 --region {REGION}",
    ]


def test_a_volume_is_named_by_its_claim(capsys):
    ec2 = boto3.client("ec2", REGION)
    disk = volume(ec2, OF_DRIVER)
    claim = {"namespace": "shop", "name": "data-db-0"}
    tags = [
        {"Key": f"kubernetes.io/created-for/pvc/{key}", "Value": value}
        for key, value in claim.items()
    ]
    ec2.create_tags(Resources=[disk], Tags=tags)

    assert remains(capsys)[1].splitlines()[-2:] == [
        "# of the claim shop/data-db-0:",
        f"aws ec2 delete-volume --volume-id {disk} --region {REGION}",
    ]


def test_what_has_two_tags_of_the_cluster_is_listed_once(capsys):
    ec2 = boto3.client("ec2", REGION)
    disk = volume(ec2, OF_DRIVER)
    ec2.create_tags(Resources=[disk], Tags=[OWNED])

    _, said = remains(capsys)

    assert said.count(disk) == 1


def test_what_is_of_another_cluster_is_left_out(capsys):
    ec2, elb, ssm = (boto3.client(service, REGION) for service in ("ec2", "elbv2", "ssm"))
    group(ec2, "k8s-other", OF_ANOTHER)
    balancer(elb, ec2, "k8s-other", OF_ANOTHER)
    ssm.put_parameter(Name="/dualstack/prod-2/status/i-1", Value="joined", Type="String")

    assert remains(capsys)[0] == 0


def test_of_a_cluster_that_a_stack_holds_destroy_comes_first(capsys):
    boto3.client("ssm", REGION).put_parameter(
        Name="/dualstack/prod/running/present", Value="a stack holds this cluster", Type="String"
    )

    code, said = remains(capsys)

    assert code == 1
    assert "# a stack holds this cluster: take it down with `pulumi destroy` first\n" in said


def test_without_a_region_aws_is_not_asked(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    code = main(["prod"])

    assert code == 2
    assert "no region is set; name it with --region, or in AWS_REGION" in capsys.readouterr().err
