"""What controllers inside a cluster may do on AWS: every action, with its condition."""

import json

import pytest

from components.permissions.controllers import (
    Scope,
    cloud_controller,
    cluster_autoscaler,
    ebs_csi,
    load_balancer_controller,
)
from components.permissions.snapshots import keep_snapshots
from components.permissions.statements import document
from components.roles import Role, of_controllers, policy
from components.spec.parts import RolesSpec

PROD = Scope("eu-west-1", "prod")

ASKED = "aws:RequestTag/elbv2.k8s.aws/cluster is prod"
MADE = "aws:ResourceTag/elbv2.k8s.aws/cluster is prod"
OWNED = "aws:ResourceTag/kubernetes.io/cluster/prod is owned"
UNTOUCHED = "no aws:RequestTag/elbv2.k8s.aws/cluster"
VOLUME_ASKED = "aws:RequestTag/ebs.csi.aws.com/cluster-name is prod"
VOLUME_MADE = "aws:ResourceTag/ebs.csi.aws.com/cluster-name is prod"


def leave(statements):
    """What may be done, by the condition that it is under and what it is done to."""
    found = {}
    for statement in statements:
        assert statement["Effect"] == "Allow"
        where = sorted(resource.partition("eu-west-1:*:")[2] for resource in statement["Resource"])
        key = (_condition(statement.get("Condition", {})), *where)
        found.setdefault(key, []).extend(statement["Action"])
    return {key: sorted(actions) for key, actions in found.items()}


def _condition(conditions):
    assert conditions.keys() <= {"StringEquals", "Null"}
    assert set(conditions.get("Null", {}).values()) <= {"true"}
    equal = [
        f"{key} is {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        for key, wanted in conditions.get("StringEquals", {}).items()
    ]
    return ", ".join([*equal, *(f"no {key}" for key in conditions.get("Null", {}))])


def test_the_load_balancer_controller_may_change_this_of_its_own_cluster_and_no_more():
    found = leave(load_balancer_controller(PROD))

    balancers = ("l*", "targetgroup/*")
    makes = "CreateLoadBalancer or CreateTargetGroup or CreateListener or CreateRule"
    assert {key: actions for key, actions in found.items() if key != ("", "")} == {
        ("iam:AWSServiceName is elasticloadbalancing.amazonaws.com", ""): [
            "iam:CreateServiceLinkedRole"
        ],
        (ASKED, ""): [
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:CreateTargetGroup",
        ],
        (f"{ASKED}, elasticloadbalancing:CreateAction is {makes}", *balancers): [
            "elasticloadbalancing:AddTags"
        ],
        (MADE, ""): [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:Delete*",
            "elasticloadbalancing:DeregisterTargets",
            "elasticloadbalancing:Modify*",
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:RemoveListenerCertificates",
            "elasticloadbalancing:Set*",
        ],
        (f"{MADE}, {UNTOUCHED}", *balancers): [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ],
        (ASKED, "security-group/*"): ["ec2:CreateSecurityGroup"],
        ("", "vpc/*"): ["ec2:CreateSecurityGroup"],
        (f"{ASKED}, ec2:CreateAction is CreateSecurityGroup", "security-group/*"): [
            "ec2:CreateTags"
        ],
        (MADE, "security-group/*"): [
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupIngress",
        ],
        (f"{MADE}, {UNTOUCHED}", "security-group/*"): ["ec2:CreateTags", "ec2:DeleteTags"],
        (OWNED, "security-group/*"): [
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupIngress",
        ],
    }


def test_the_volume_driver_may_change_this_of_its_own_cluster_and_no_more():
    found = leave(ebs_csi(PROD))

    makes = "CreateVolume or CopyVolumes or CreateSnapshot"
    assert {key: actions for key, actions in found.items() if key != ("", "")} == {
        (VOLUME_ASKED, "volume/*"): ["ec2:CopyVolumes", "ec2:CreateVolume"],
        (VOLUME_ASKED, "snapshot/*"): ["ec2:CreateSnapshot"],
        (f"{VOLUME_ASKED}, ec2:CreateAction is {makes}", "snapshot/*", "volume/*"): [
            "ec2:CreateTags"
        ],
        (VOLUME_MADE, "volume/*"): [
            "ec2:AttachVolume",
            "ec2:CopyVolumes",
            "ec2:CreateSnapshot",
            "ec2:DeleteVolume",
            "ec2:DetachVolume",
            "ec2:ModifyVolume",
        ],
        (VOLUME_MADE, "snapshot/*"): ["ec2:CreateVolume", "ec2:DeleteSnapshot"],
        (OWNED, "instance/*"): ["ec2:AttachVolume", "ec2:DetachVolume"],
    }


def test_the_autoscaler_may_set_the_size_of_its_own_clusters_pools_and_no_more():
    found = leave(cluster_autoscaler(PROD))

    assert {key: actions for key, actions in found.items() if key != ("", "")} == {
        (
            "aws:ResourceTag/k8s.io/cluster-autoscaler/prod is owned",
            "autoScalingGroup:*:autoScalingGroupName/*",
        ): [
            "autoscaling:SetDesiredCapacity",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
        ],
    }


@pytest.mark.parametrize(
    "statements", [load_balancer_controller(PROD), ebs_csi(PROD), cluster_autoscaler(PROD)]
)
def test_what_a_controller_may_do_to_anything_is_to_look(statements):
    verbs = {action.partition(":")[2] for action in leave(statements)["", ""]}

    assert verbs
    assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs)


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("cn-north-1", "arn:aws-cn:ec2:cn-north-1:*:"),
        ("us-gov-west-1", "arn:aws-us-gov:ec2:us-gov"),
    ],
)
def test_it_is_named_as_the_partition_names_it(region, start):
    statements = ebs_csi(Scope(region, "prod"))

    named = {resource for statement in statements for resource in statement["Resource"]} - {"*"}
    assert named
    assert all(resource.startswith(start) for resource in named)


def test_a_control_plane_may_do_it_only_where_it_is_asked_for_and_a_worker_never():
    plain = RolesSpec(region="eu-west-1", cluster_name="prod")
    asked = RolesSpec(
        region="eu-west-1",
        cluster_name="prod",
        load_balancer_controller=True,
        ebs_csi=True,
        cluster_autoscaler=True,
    )

    assert of_controllers(plain) == cloud_controller(PROD)
    assert of_controllers(asked) == [
        *cloud_controller(PROD),
        *load_balancer_controller(PROD),
        *ebs_csi(PROD),
        *cluster_autoscaler(PROD),
    ]
    for role in Role:
        assert policy(role, asked) == policy(role, plain)


def test_the_longest_policy_is_one_that_a_role_can_have():
    spec = RolesSpec(
        region="us-gov-west-1",
        cluster_name="a" * 20,
        load_balancer_controller=True,
        ebs_csi=True,
        cluster_autoscaler=True,
        image_repository="123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/kubernetes",
    )

    bucket = f"arn:aws-us-gov:s3:::{'a' * 20}-backups-0123456"
    key = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/12345678-1234-1234-1234-123456789012"
    kept = {"Version": "2012-10-17", "Statement": keep_snapshots("a" * 20, bucket, key)}
    every = [policy(Role.CONTROL_PLANE, spec), document(of_controllers(spec)), kept]

    # All policies of a role together, without spaces:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert sum(len(json.dumps(each, separators=(",", ":"))) for each in every) <= 10_240
