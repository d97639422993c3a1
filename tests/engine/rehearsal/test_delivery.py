"""The backend of states and the roles of jobs on the real engine, and what AWS then gives to whom."""

import base64
import json
import time

import boto3
import pulumi
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from components import CiRoles, StateBackend

ISSUER = "https://token.actions.githubusercontent.com"
BUCKET = "acme-states"
OWN = ".pulumi/stacks/dualstack/dev.json"
OTHERS = ".pulumi/stacks/dualstack/prod.json"


def delivery(**backend):
    """A program that makes what a repository's jobs need."""

    def program():
        states = StateBackend(
            "states", {"region": "eu-west-1", "bucket": BUCKET, "protect": False, **backend}
        )
        roles = CiRoles(
            "ci",
            {
                "region": "eu-west-1",
                "bucket": BUCKET,
                "repository": "acme/platform",
                "environments": {
                    "dev": {"region": "eu-west-1"},
                    "prod": {"region": "eu-central-1"},
                },
                "key_arn": states.key_arn,
            },
        )
        pulumi.export("read", roles.read_role_arn)
        pulumi.export("write", roles.write_role_arns)

    return program


def token(subject, **claims):
    """A token as the forge issues it to a job."""
    claims = {
        "iss": ISSUER,
        "aud": "sts.amazonaws.com",
        "sub": subject,
        "exp": time.time() + 60,
        **claims,
    }
    parts = ({"alg": "RS256"}, claims, "signature")
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


@pytest.fixture
def job(cloud):
    """What a job with a token does: it takes a role, and gets a client with the role's keys."""

    def take(role, subject, **claims):
        anybody = Config(signature_version=UNSIGNED)
        sts = boto3.client(
            "sts", region_name="eu-west-1", endpoint_url=cloud.endpoint, config=anybody
        )
        keys = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="job", WebIdentityToken=token(subject, **claims)
        )["Credentials"]
        return lambda service: boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=cloud.endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(s3={"addressing_style": "path"}),
        )

    return take


def refusal(action, **request):
    """The code of AWS's refusal."""
    with pytest.raises(ClientError) as raised:
        action(**request)
    return raised.value.response["Error"]["Code"]


def test_a_second_up_and_a_refresh_change_nothing_and_a_longer_memory_one_setting(rig):
    stack = rig(delivery())

    stack.up()
    again = stack.up()
    longer = stack.becomes(delivery(version_days=730)).up()
    gone = stack.down()

    # The setting, and the component that shows it.
    assert (again.changed, longer.changed) == (0, 2)
    assert gone.failures == []


def test_a_job_gets_the_role_of_its_own_environment_and_no_other(rig, client, job):
    rig(delivery()).up()
    arn = {name: f"arn:aws:iam::123456789012:role/{role}" for name, role in _roles(client).items()}
    repository = "repo:acme/platform"

    assert job(arn["dev"], f"{repository}:environment:dev")
    for role, subject, claims in (
        ("prod", f"{repository}:environment:dev", {}),
        ("dev", f"{repository}:environment:development", {}),
        ("dev", f"{repository}:ref:refs/heads/main", {}),
        ("dev", f"{repository}:pull_request", {}),
        ("dev", "repo:mallory/platform:environment:dev", {}),
        ("read", "repo:mallory/platform:pull_request", {}),
    ):
        assert refusal(job, role=arn[role], subject=subject, **claims) == "AccessDenied"
    own = f"{repository}:environment:dev"
    assert refusal(job, role=arn["dev"], subject=own, aud="elsewhere") == "InvalidIdentityToken"
    assert refusal(job, role=arn["dev"], subject=own, iss="https://e.com") == "InvalidIdentityToken"
    assert refusal(job, role=arn["dev"], subject=own, exp=0) == "ExpiredTokenException"


def test_a_writer_touches_its_own_stacks_state_alone_and_the_reader_writes_none(rig, client, job):
    rig(delivery()).up()
    arn = {name: f"arn:aws:iam::123456789012:role/{role}" for name, role in _roles(client).items()}
    writer = job(arn["dev"], "repo:acme/platform:environment:dev")("s3")
    reader = job(arn["read"], "repo:acme/platform:pull_request")("s3")
    client("s3").put_object(Bucket=BUCKET, Key=OTHERS, Body=b"other")

    writer.put_object(Bucket=BUCKET, Key=OWN, Body=b"own")

    assert reader.get_object(Bucket=BUCKET, Key=OWN)["Body"].read() == b"own"
    assert reader.get_object(Bucket=BUCKET, Key=OTHERS)["Body"].read() == b"other"
    assert refusal(writer.get_object, Bucket=BUCKET, Key=OTHERS) == "AccessDenied"
    assert refusal(writer.put_object, Bucket=BUCKET, Key=OTHERS, Body=b"mine") == "AccessDenied"
    assert refusal(writer.put_bucket_policy, Bucket=BUCKET, Policy="{}") == "AccessDenied"
    assert refusal(reader.put_object, Bucket=BUCKET, Key=OWN, Body=b"mine") == "AccessDenied"
    assert refusal(reader.delete_object, Bucket=BUCKET, Key=OWN) == "AccessDenied"


def _roles(client):
    """The names of the roles in AWS, by the word at their end."""
    found = client("iam").list_roles()["Roles"]
    return {role["RoleName"].split("-")[1]: role["RoleName"] for role in found}
