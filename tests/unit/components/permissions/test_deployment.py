"""The table of AWS actions, held against the program and the stand-ins."""

import re

from components.permissions.by_type import BY_TYPE
from components.permissions.deployment import Target, change, see
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
        if "prod" not in str([one["Resource"], one.get("Condition")])
    }
    assert unlimited == {
        # AWS checks these also on what is not the cluster's: images, key pairs, somebody else's subnets.
        "StartMachines": ["ec2:RunInstances"],
        "AttachToTransit": ["ec2:CreateTransitGatewayVpcAttachment"],
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
        "SeeImages": ["arn:aws:ssm:eu-west-1::parameter/aws/service/canonical/*"],
        "DecryptParameters": ["arn:aws:kms:eu-west-1:*:key/*"],
    }
