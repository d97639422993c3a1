"""The permissions of CI's roles for states: each is needed, by Pulumi itself on S3 and KMS."""

import json
import re
import subprocess
from collections.abc import Sequence

import pytest

from tests.workflows import forge
from tests.workflows.account import KEPT_FROM_JOBS, value_of

READ = [("stack", "export", "--show-secrets"), ("refresh", "--preview-only")]
WRITE = [("refresh", "--yes", "--skip-preview")] * 2
"""Twice, because a lock that cannot be removed is in the way of the second."""

OF_MAIN = f"repo:{forge.REPOSITORY}:ref:refs/heads/main"
OF_PROD = f"repo:{forge.REPOSITORY}:environment:prod"
ACTIONS = [
    ("read", "ReadStates", "s3:GetObject"),
    ("read", "DecryptSecrets", "kms:Decrypt"),
    ("prod", "ListStates", "s3:ListBucket"),
    ("prod", "ReadLayout", "s3:GetObject"),
    ("prod", "WriteState", "s3:GetObject"),
    ("prod", "WriteState", "s3:PutObject"),
    ("prod", "WriteState", "s3:DeleteObject"),
    ("prod", "DecryptSecrets", "kms:Decrypt"),
]
"""Each action of the statements for states, but for what moto does not have.

Its S3 does not ask KMS. And it says that an object is not there to who may not list the bucket, where S3 refuses an answer: so here
the reader does its work without `s3:ListBucket`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""


def pulumi(repository, role: str) -> tuple[int, str]:
    """What a job does with a state, by the role that its token gives: the exit code, and what Pulumi says."""
    keys = repository.account.client("sts").assume_role_with_web_identity(
        RoleArn=value_of(repository.folder, role),
        RoleSessionName="job",
        WebIdentityToken=forge.token(
            forge.ISSUER, "sts.amazonaws.com", OF_MAIN if role == "read" else OF_PROD
        ),
    )["Credentials"]
    around = {k: v for k, v in repository.account.variables.items() if k not in KEPT_FROM_JOBS}
    around |= {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    said = ""
    for words in (
        ("login", value_of(repository.folder, "backend")),
        ("stack", "select", "prod"),
        *(READ if role == "read" else WRITE),
    ):
        done = subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=repository.folder,
            env=around,
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stderr + done.stdout[-2000:]
        if done.returncode:
            return done.returncode, said
    return 0, said


def without(statements: Sequence[dict], sid: str, action: str) -> list[dict]:
    """The statements without one action."""
    taken = [
        {**one, "Action": [each for each in one["Action"] if each != action]}
        if one["Sid"] == sid
        else one
        for one in statements
    ]
    return [one for one in taken if one["Action"]]


@pytest.fixture(scope="module")
def stack(repository):
    """A stack with a secret and no resources."""
    backend = value_of(repository.folder, "backend")
    words = ("config", "set", "--secret", "word", "sesame", "--stack", "prod")
    repository.account.pulumi(repository.folder, *words, PULUMI_BACKEND_URL=backend)


@pytest.mark.parametrize("role", ["read", "prod"])
def test_with_all_its_actions_a_role_does_its_work(repository, stack, role):
    code, said = pulumi(repository, role)

    assert code == 0, said


@pytest.mark.parametrize(("role", "sid", "action"), ACTIONS, ids=["-".join(one) for one in ACTIONS])
def test_without_one_of_its_actions_a_role_fails(repository, stack, role, sid, action):
    iam = repository.account.client("iam")
    name = value_of(repository.folder, role).rpartition("/")[2]
    [policy] = [
        one for one in iam.list_role_policies(RoleName=name)["PolicyNames"] if "-state-" in one
    ]
    whole = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    less = whole | {"Statement": without(whole["Statement"], sid, action)}

    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(less))
    code, said = pulumi(repository, role)
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(whole))
    repository.unlock("prod")

    assert less != whole
    assert code != 0, said
    # A request without a body is answered without one, so its code is that of HTTP.
    assert re.search("AccessDenied|Forbidden|locked by 1 lock", said), said
