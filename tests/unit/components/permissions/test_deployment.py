"""The table of AWS actions, held against the program and the stand-ins; what jobs of CI may do by it."""

import json
import re

import pytest

from components.permissions.by_type import BY_TYPE
from components.permissions.deployment import Target, change, see
from components.permissions.statements import allow, deny, document, merged
from rehearsal.cloud.parameter_keys import permitted
from tests.docs.pages import DOCS, code, table

PAGE = DOCS / "decisions/resources.md"
OF_OTHERS = "aws:ec2/vpcPeeringConnection"
"""The type of an example beside a cluster."""


def test_the_table_has_every_type_and_look_up_of_a_cluster_and_no_other():
    listed = [
        code(row[0])[0]
        for heading in ("Resource types", "Look-ups")
        for row in table(PAGE, heading)
    ]

    assert sorted(BY_TYPE) == sorted(
        name for name in listed if name.startswith("aws:") and not name.startswith(OF_OTHERS)
    )


def test_a_writer_may_call_every_action_of_the_table():
    target = Target("eu-west-1", "prod")
    allowed = [
        action.replace("*", ".*")
        for one in [*see([target]), *change(target)]
        for action in one["Action"]
    ]

    wanted = {action for calls in BY_TYPE.values() for part in calls for action in part}
    assert [one for one in wanted if not any(re.fullmatch(each, one) for each in allowed)] == []


def test_nothing_is_changed_without_a_limit_to_the_cluster():
    target = Target("eu-west-1", "prod")

    unlimited = {
        one["Sid"]: one["Action"]
        for one in change(target)
        if one["Effect"] == "Allow" and "prod" not in str([one["Resource"], one.get("Condition")])
    }
    assert unlimited == {
        # AWS checks these also on what is not the cluster's: images, key pairs, somebody else's subnets.
        "StartMachines": ["ec2:RunInstances"],
        # Nor is the VPC in which a security group is made, or the pool from which it takes addresses.
        "MakeInOthers": ["ec2:CreateSecurityGroup", "ec2:CreateTransitGatewayVpcAttachment"],
        "TakeFromPools": ["ec2:AssociateVpcCidrBlock", "ec2:CreateVpc"],
        # AWS knows no resource for it.
        "DeliverLogs": ["logs:CreateLogDelivery", "logs:DeleteLogDelivery"],
        # No zone's id is known here.
        "NameApi": ["route53:ChangeResourceRecordSets"],
        "MakeServiceRoles": ["iam:CreateServiceLinkedRole"],
    }


def test_values_are_shown_of_the_clusters_own_parameters_alone():
    shown = {one["Sid"]: one["Resource"] for one in see([Target("eu-west-1", "prod")])}

    assert shown == {
        "See": ["*"],
        "SeeBuckets": ["arn:aws:s3:::prod-backups-*", "arn:aws:s3:::prod-issuer-*"],
        "SeeIssuers": ["arn:aws:s3:::prod-issuer-*/*"],
        "SeeParameters": ["arn:aws:ssm:eu-west-1:*:parameter/dualstack/prod/*"],
        "SeeImages": [
            "arn:aws:ssm:eu-west-1::parameter/aws/service/canonical/*",
            "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/*",
        ],
        "DecryptParameters": ["arn:aws:kms:eu-west-1:*:key/*"],
    }


def ec2(what):
    return f"arn:aws:ec2:eu-west-1:123456789012:{what}"


def asked(name):
    return {"aws:RequestTag/Name": name}


def tagged(name):
    return {"aws:ResourceTag/Name": name}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
DISK_KEY = "arn:aws:kms:eu-west-1:123456789012:key/2"
PARAMETER = "arn:aws:ssm:eu-west-1::parameter/aws/service"
IN_CREATION = {"ec2:CreateAction": "RunInstances"}
OF_KUBERNETES = {"aws:TagKeys": ["kubernetes.io/cluster/prod"]}
THROUGH_EC2 = {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}

NEEDED = {
    "make the cluster's key": ("kms:CreateKey", "*", asked("prod-parameters")),
    "tag the key that is made": ("kms:TagResource", KEY, asked("prod-parameters")),
    "start a control plane": ("ec2:RunInstances", ec2("instance/*"), asked("prod-control-plane-0")),
    "have a group start workers": ("ec2:RunInstances", ec2("instance/*"), asked("prod-general")),
    "use an image": ("ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1", {}),
    "use a template": ("ec2:RunInstances", ec2("launch-template/lt-1"), tagged("prod-general")),
    "give an instance its tags": (
        "ec2:CreateTags",
        ec2("instance/i-1"),
        asked("prod-control-plane-0") | IN_CREATION,
    ),
    "give its disk tags, after its start": (
        "ec2:CreateTags",
        ec2("volume/vol-1"),
        asked("prod-control-plane-0"),
    ),
    "make the disk larger": (
        "ec2:ModifyVolume",
        ec2("volume/vol-1"),
        tagged("prod-control-plane-0"),
    ),
    "see the image of Ubuntu": (
        "ssm:GetParameter",
        f"{PARAMETER}/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        {},
    ),
    "see the image of Amazon Linux": (
        "ssm:GetParameter",
        f"{PARAMETER}/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        {},
    ),
    "make a group in a VPC that exists": (
        "ec2:CreateSecurityGroup",
        ec2("vpc/vpc-1"),
        tagged("team"),
    ),
    "make that group": ("ec2:CreateSecurityGroup", ec2("security-group/*"), asked("prod-api")),
    "tag a subnet of that VPC": (
        "ec2:CreateTags",
        ec2("subnet/subnet-1"),
        tagged("team") | OF_KUBERNETES,
    ),
    "take the tag off": ("ec2:DeleteTags", ec2("subnet/subnet-1"), tagged("team") | OF_KUBERNETES),
    "make a VPC from a pool of IPAM": (
        "ec2:CreateVpc",
        "arn:aws:ec2::123456789012:ipam-pool/ipam-pool-1",
        {},
    ),
    "add a range of its own": (
        "ec2:AssociateVpcCidrBlock",
        ec2("ipv6pool-ec2/ipv6pool-ec2-1"),
        {},
    ),
    "add it to the VPC": ("ec2:AssociateVpcCidrBlock", ec2("vpc/vpc-1"), tagged("prod")),
    "have flow logs delivered into a bucket": ("logs:CreateLogDelivery", "*", {}),
    "end that delivery": ("logs:DeleteLogDelivery", "*", {}),
    "encrypt a disk by a key of its own": (
        "kms:GenerateDataKeyWithoutPlaintext",
        DISK_KEY,
        THROUGH_EC2,
    ),
    "lend EBS that key": ("kms:CreateGrant", DISK_KEY, THROUGH_EC2),
    "make the load balancer": (
        "elasticloadbalancing:CreateLoadBalancer",
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/prod-api/*",
        {},
    ),
    "make a pool": (
        "autoscaling:CreateAutoScalingGroup",
        "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/prod-general",
        {},
    ),
}
"""What AWS checks beside or instead of the call's own resource, where the program's first `up` once would have been refused."""

REFUSED = {
    "name somebody's key": ("kms:TagResource", KEY, asked("prod-x") | tagged("pulumi-state")),
    "delete somebody's key": ("kms:ScheduleKeyDeletion", KEY, tagged("pulumi-state")),
    "start a machine without a name": ("ec2:RunInstances", ec2("instance/*"), {}),
    "name somebody's disk": (
        "ec2:CreateTags",
        ec2("volume/vol-1"),
        asked("prod-x") | tagged("team-database"),
    ),
    "delete a disk": ("ec2:DeleteVolume", ec2("volume/vol-1"), tagged("prod-control-plane-0")),
    "name a subnet of others": (
        "ec2:CreateTags",
        ec2("subnet/subnet-1"),
        tagged("team") | asked("prod-x") | {"aws:TagKeys": ["Name"]},
    ),
    "tag it for another cluster": (
        "ec2:CreateTags",
        ec2("subnet/subnet-1"),
        tagged("team") | {"aws:TagKeys": ["kubernetes.io/cluster/other"]},
    ),
    "delete a VPC of others": ("ec2:DeleteVpc", ec2("vpc/vpc-1"), tagged("team")),
    "add a range to a VPC of others": (
        "ec2:AssociateVpcCidrBlock",
        ec2("vpc/vpc-1"),
        tagged("team"),
    ),
    "use the disks' key directly": ("kms:Decrypt", DISK_KEY, {}),
    "lend another key": ("kms:CreateGrant", KEY, THROUGH_EC2),
}


def allowed(call):
    target = Target("eu-west-1", "prod", DISK_KEY)
    made = json.dumps(document(merged([*see([target]), *change(target)])))
    return permitted([made], *call)


@pytest.mark.parametrize("call", NEEDED)
def test_a_writer_may(call):
    assert allowed(NEEDED[call])


@pytest.mark.parametrize("call", REFUSED)
def test_a_writer_may_not(call):
    assert not allowed(REFUSED[call])


def test_merged_statements_allow_the_same_with_the_names_of_all():
    statements = [
        allow("See", ["s3:GetObject"], ["one"]),
        allow("Other", ["s3:GetObject"], ["two"]),
        allow("Write", ["s3:PutObject", "s3:GetObject"], ["one"]),
        deny("Never", ["s3:DeleteObject"], ["one"]),
    ]

    assert merged(statements) == [
        allow("SeeWrite", ["s3:GetObject", "s3:PutObject"], ["one"]),
        allow("Other", ["s3:GetObject"], ["two"]),
        deny("Never", ["s3:DeleteObject"], ["one"]),
    ]
