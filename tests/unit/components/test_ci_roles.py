"""The roles of CI's jobs: who gets which, and what it may do."""

import json

import pulumi
import pytest

from components import CiRoles
from components.config.check import SpecError
from components.rules import load
from components.spec.delivery import CiRolesSpec

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
ARGS = {
    "region": "eu-west-1",
    "bucket": "acme-states",
    "repository": "acme/platform",
    "key_arn": KEY,
    "environments": {
        "dev": {"region": "eu-west-1"},
        "prod": {"region": "eu-central-1", "cluster": "main"},
    },
}
POLICY_LIMIT = 10_240
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all inline policies of a role together."""


def roles(**args):
    """A program that makes the roles and exports their names."""

    def program():
        made = CiRoles("ci", {**ARGS, **args})
        return {
            "provider": made.provider_arn,
            "read": made.read_role_arn,
            "write": made.write_role_arns,
        }

    return program


def trusted(deployment, role):
    """The conditions under which jobs get a role."""
    [statement] = json.loads(deployment.all("Role")[role]["assumeRolePolicy"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRoleWithWebIdentity")
    assert statement["Principal"] == {"Federated": "arn:aws:iam::123456789012:oidc-provider/ci"}
    return statement["Condition"]


def statements(deployment, policy):
    """The statements of a policy by name."""
    found = json.loads(deployment.all("RolePolicy")[policy]["policy"])["Statement"]
    return {one["Sid"]: one for one in found}


def test_each_environment_has_a_role_and_all_share_one_that_reads(deploy):
    deployment = deploy(roles())

    account = "arn:aws:iam::123456789012:role"
    assert deployment.outputs == {
        "provider": "arn:aws:iam::123456789012:oidc-provider/ci",
        "read": f"{account}/ci-read",
        "write": {"dev": f"{account}/ci-dev", "prod": f"{account}/ci-prod"},
    }


def test_a_job_of_github_writes_only_in_the_environment_that_it_names(deploy):
    deployment = deploy(roles())

    issuer = "token.actions.githubusercontent.com"
    assert deployment.one("OpenIdConnectProvider") == {
        "url": f"https://{issuer}",
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {"Name": "ci"},
    }
    assert {role: trusted(deployment, role) for role in ("ci-dev", "ci-prod", "ci-read")} == {
        "ci-dev": {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": ["repo:acme/platform:environment:dev"],
            }
        },
        "ci-prod": {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": ["repo:acme/platform:environment:prod"],
            }
        },
        "ci-read": {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": [
                    "repo:acme/platform:pull_request",
                    "repo:acme/platform:ref:refs/heads/main",
                ],
            }
        },
    }


def test_a_job_of_gitlab_writes_only_on_the_branch_because_its_subject_names_no_environment(deploy):
    deployment = deploy(roles(forge="gitlab", host="git.example.com", repository="acme/infra/net"))

    project = "project_path:acme/infra/net:ref_type:branch:ref"
    assert deployment.one("OpenIdConnectProvider")["url"] == "https://git.example.com"
    assert trusted(deployment, "ci-dev") == {
        "StringEquals": {
            "git.example.com:aud": "sts.amazonaws.com",
            "git.example.com:sub": [f"{project}:main"],
        }
    }
    assert trusted(deployment, "ci-read") == {
        "StringEquals": {"git.example.com:aud": "sts.amazonaws.com"},
        "StringLike": {"git.example.com:sub": [f"{project}:*"]},
    }


def test_a_provider_that_the_account_has_already_is_used(deploy):
    deployment = deploy(roles(provider_arn="arn:aws:iam::123456789012:oidc-provider/there"))

    assert deployment.all("OpenIdConnectProvider") == {}
    assert deployment.outputs["provider"] == "arn:aws:iam::123456789012:oidc-provider/there"


def test_a_writer_writes_the_state_of_its_own_stack_alone(deploy):
    deployment = deploy(roles())

    bucket, own = "arn:aws:s3:::acme-states", "dualstack/prod"
    through_s3 = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket}}
    assert statements(deployment, "ci-prod-state") == {
        "ListStates": {
            "Sid": "ListStates",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": [bucket],
        },
        "ReadLayout": {
            "Sid": "ReadLayout",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": [f"{bucket}/.pulumi/meta.yaml"],
        },
        "WriteState": {
            "Sid": "WriteState",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": [
                f"{bucket}/.pulumi/stacks/{own}.*",
                f"{bucket}/.pulumi/locks/organization/{own}/*",
                f"{bucket}/.pulumi/history/{own}/*",
                f"{bucket}/.pulumi/backups/{own}/*",
            ],
        },
        "EncryptObjects": {
            "Sid": "EncryptObjects",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [KEY],
            "Condition": through_s3,
        },
        "DecryptSecrets": {
            "Sid": "DecryptSecrets",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY],
            "Condition": {"StringEquals": {"kms:EncryptionContext:stack": ["prod"]}},
        },
    }


CHANGES = (
    "Create",
    "Delete",
    "Put",
    "Modify",
    "Update",
    "Run",
    "Attach",
    "Terminate",
    "Pass",
    "Tag",
)


def test_the_role_that_reads_changes_nothing(deploy):
    deployment = deploy(roles())

    allowed = {
        action
        for policy in ("ci-read", "ci-read-state")
        for one in statements(deployment, policy).values()
        for action in one["Action"]
    }
    assert not [action for action in allowed if action.partition(":")[2].startswith(CHANGES)]
    assert {"s3:GetObject", "s3:ListBucket", "kms:Decrypt", "ec2:Describe*"} <= allowed


def test_a_writer_passes_only_its_own_clusters_roles_and_only_to_machines_and_flow_logs(deploy):
    deployment = deploy(roles())

    assert statements(deployment, "ci-prod")["PassRoles"] == {
        "Sid": "PassRoles",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": ["arn:aws:iam::*:role/main-*"],
        "Condition": {
            "StringEquals": {
                "iam:PassedToService": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
            }
        },
    }


def test_the_policies_of_a_role_fit_into_what_iam_allows_at_the_longest_names(deploy):
    longest = "a" + "b" * 19
    deployment = deploy(
        roles(
            bucket="b" * 63,
            key_arn=f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{'0' * 36}",
            environments={
                f"{longest[:-1]}{number}": {
                    "region": "us-gov-west-1",
                    "cluster": longest,
                    "disk_kms_key_arn": f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{'1' * 36}",
                }
                for number in range(5)
            },
        )
    )

    lengths: dict[str, int] = {}
    for policy in deployment.all("RolePolicy").values():
        lengths[policy["role"]] = lengths.get(policy["role"], 0) + len(policy["policy"])
    assert len(lengths) == 6
    assert max(lengths.values()) < POLICY_LIMIT


def test_a_cluster_whose_things_anothers_jobs_could_change_is_refused():
    plain = {key: value for key, value in ARGS.items() if key != "key_arn"}
    regions = {name: {"region": "eu-west-1"} for name in ("prod", "prod-eu", "production")}
    with pytest.raises(SpecError) as raised:
        load(CiRolesSpec, {**plain, "environments": regions})

    assert [str(fault) for fault in raised.value.faults] == [
        "environments.prod-eu: the cluster prod-eu begins with prod-, as all of the cluster prod does, which jobs of prod may "
        "change; name one of them otherwise"
    ]


@pytest.mark.parametrize("cluster", ["ci", "ci-dev"])
def test_a_cluster_whose_jobs_could_change_the_roles_of_jobs_is_refused(deploy, cluster):
    def program():
        CiRoles(
            "ci-dev", {**ARGS, "environments": {"dev": {"region": "eu-west-1", "cluster": cluster}}}
        )

    with pytest.raises(
        pulumi.RunError,
        match=f"environments.dev: jobs of dev may change what begins with {cluster}-, which these roles do as ci-dev-",
    ):
        deploy(program)


REFUSED = {
    "environments: {} ": {"environments": {}},
    "forge: bitbucket": {"forge": "bitbucket"},
    "repository: platform": {"repository": "platform"},
}


@pytest.mark.parametrize("begins", REFUSED)
def test_what_no_job_could_use_is_refused(begins):
    plain = {key: value for key, value in ARGS.items() if key != "key_arn"}
    with pytest.raises(SpecError) as raised:
        load(CiRolesSpec, {**plain, **REFUSED[begins]})

    [fault] = raised.value.faults
    assert fault.path == begins.partition(":")[0]
