"""A role for pods: whose token it takes, and what it is called in Kubernetes."""

import json

import pytest

from components import PodRole

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/prod-issuer-1234567.s3.eu-west-1.amazonaws.com"
ARGS = {"issuer_provider_arn": PROVIDER, "namespace": "shop", "service_account": "web"}


def role(**args):
    """A program that makes the role of one ServiceAccount."""

    def program():
        made = PodRole("shop-web", {**ARGS, **args})
        return {"arn": made.role_arn, "name": made.role_name, "annotations": made.annotations}

    return program


def test_the_role_is_for_tokens_of_one_service_account_that_are_meant_for_aws(deploy):
    deployment = deploy(role())

    issuer = "prod-issuer-1234567.s3.eu-west-1.amazonaws.com"
    assert json.loads(deployment.one("Role")["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": PROVIDER},
                "Condition": {
                    "StringEquals": {
                        f"{issuer}:aud": "sts.amazonaws.com",
                        f"{issuer}:sub": ["system:serviceaccount:shop:web"],
                    }
                },
            }
        ],
    }


def test_a_pod_learns_its_role_by_the_arn_and_the_webhook_by_an_annotation(deploy):
    arn = "arn:aws:iam::123456789012:role/shop-web"

    assert deploy(role()).outputs == {
        "arn": arn,
        "name": "shop-web",
        "annotations": {"eks.amazonaws.com/role-arn": arn},
    }


def test_the_pods_may_do_what_the_policy_says_and_without_one_nothing(deploy):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})

    assert deploy(role(policy=policy)).one("RolePolicy")["policy"] == policy
    assert deploy(role()).all("RolePolicy") == {}


@pytest.mark.parametrize("name", ["*", "web-*", "Web", "shop:web", "web-"])
def test_a_pattern_is_no_service_account(refused, name):
    lines = refused(lambda: PodRole("shop-web", {**ARGS, "service_account": name}))

    assert lines[0] == "The configuration has 1 fault; nothing was changed."
    assert lines[1].startswith("service_account: ")
    assert lines[1].endswith("one role is for one ServiceAccount")
