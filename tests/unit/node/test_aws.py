"""AWS calls: signed as AWS wants, tried again while that helps, refused in words."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.node.conftest import REGION, Cluster

NOW = 1_764_000_000
"""2025-11-24 16:00:00 UTC."""

CREDENTIALS = {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "secret/+", "Token": "session=="}


def test_a_request_is_signed_like_this(aws_module):
    headers = aws_module.signed(
        "POST",
        "https://ssm.eu-west-1.amazonaws.com/",
        "ssm",
        REGION,
        b"{}",
        {"content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameters"},
        CREDENTIALS,
        NOW,
    )

    assert headers == {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonSSM.GetParameters",
        "host": "ssm.eu-west-1.amazonaws.com",
        "x-amz-date": "20251124T160000Z",
        "x-amz-security-token": "session==",
        "authorization": "AWS4-HMAC-SHA256 Credential=ASIAROLE/20251124/eu-west-1/ssm/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
        "Signature=4cba62486278150c0d01d76f76ee98a7eaec6c20ed2523d8bd9702e341000850",
    }


@given(
    body=st.binary(),
    host=st.sampled_from(["ssm.eu-west-1.amazonaws.com", "localhost:4566"]),
    token=st.text("abc=/+", max_size=8),
    secret=st.text("abc=/+", min_size=1),
)
def test_every_signature_is_the_one_botocore_makes(aws_module, body, host, token, secret):
    url = f"https://{host}/"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    credentials = {"AccessKeyId": "AKID", "SecretAccessKey": secret, "Token": token}

    signed = aws_module.signed("POST", url, "ssm", REGION, body, headers, credentials, NOW)

    assert signed["authorization"] == _by_botocore(url, "ssm", body, headers, credentials)


def _by_botocore(
    url: str, service: str, body: bytes, headers: dict[str, str], credentials: dict[str, str]
) -> str:
    request = botocore.awsrequest.AWSRequest("POST", url, headers, body)
    request.context["timestamp"] = "20251124T160000Z"
    signer = botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"] or None
        ),
        service,
        REGION,
    )
    # Its own entry reads the clock.
    if credentials["Token"]:
        request.headers["X-Amz-Security-Token"] = credentials["Token"]
    request.headers["X-Amz-Date"] = "20251124T160000Z"
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return request.headers["Authorization"]


def test_aws_accepts_the_signature_and_refuses_one_of_another_secret(cluster: Cluster, client):
    iam = client("iam")
    user = f"machine-of-{cluster.name}"
    iam.create_user(UserName=user)
    iam.put_user_policy(
        UserName=user,
        PolicyName="ssm",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": ["ssm:*", "ec2:*"], "Resource": "*"}],
            }
        ),
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    good = {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]}
    machine = cluster.control_plane()
    machine.arrange("kubeadm token", *[{"says": "fedcba.fedcba9876543210\n"}] * 2)

    with _checking_signatures(cluster.url):
        machine.metadata.values["iam/security-credentials/role"] = json.dumps(good)
        accepted = machine.run("renew_token.py")
        bad = {**good, "SecretAccessKey": "another"}
        machine.metadata.values["iam/security-credentials/role"] = json.dumps(bad)
        refused = machine.run("renew_token.py")

    assert accepted.stdout == "token fedcba is good for 24h0m0s\n"
    assert "AWS refused: SignatureDoesNotMatch" in refused.stdout


@contextmanager
def _checking_signatures(url: str) -> Iterator[None]:
    """Moto checks signatures and policies once so many calls were made."""

    def after(calls: str) -> None:
        urllib.request.urlopen(
            urllib.request.Request(
                f"{url}/moto-api/reset-auth",
                data=calls.encode(),
                headers={"Content-Type": "text/plain"},
                method="POST",
            )
        ).close()

    after("0")
    yield
    after("inf")


Answer = tuple[int, str] | tuple[int, str, int]
"""A status and a text, and the number of characters of it that get lost on the way."""


@contextmanager
def answering(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """A service that gives these answers in turn, and the bodies it was sent."""
    left, bodies = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, text, *lost = left.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text) + sum(lost)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    server.shutdown()
    server.server_close()


@pytest.fixture
def made(aws_module, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client, with credentials and without waits."""
    values = {
        "iam/security-credentials/": "role",
        "iam/security-credentials/role": json.dumps(CREDENTIALS),
    }
    monkeypatch.setattr(aws_module.imds, "require", lambda name, hint="": values[name])
    monkeypatch.setattr(aws_module.time, "sleep", lambda seconds: None)
    return aws_module.Aws(
        {"region": REGION, "endpoints": ["eu-west-1.amazonaws.com", "eu-west-1.api.aws"]}
    )


def test_a_busy_service_is_asked_again(made, monkeypatch):
    busy = (400, '{"__type":"ThrottlingException","message":"Rate exceeded"}')
    down = (503, "<html>")
    answer = (200, '{"Parameters":[{"Name":"/a","Value":"1"}]}')
    with answering(busy, down, answer) as (url, bodies):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        assert made.get("/a") == {"/a": "1"}

    assert bodies == ['{"Names": ["/a"], "WithDecryption": true}'] * 3


def test_an_answer_that_breaks_off_is_asked_for_again(made, monkeypatch):
    half, whole = (200, '{"Parameters":[{"Na', 20), (200, '{"Parameters":[]}')
    with answering(half, whole) as (url, bodies):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        assert made.get("/a") == {}

    assert len(bodies) == 2


@pytest.mark.parametrize("code", ["SlowDown", "RequestTimeout", "ServiceUnavailable"])
def test_what_a_busy_s3_says_is_known_to_pass(aws_module, code: str):
    assert aws_module.TRANSIENT.search(code)


def test_a_clock_that_is_wrong_does_not_become_right_by_asking_again(aws_module):
    assert not aws_module.TRANSIENT.search("RequestTimeTooSkewed")


def test_a_refusal_is_told_with_its_reason(made, aws_module, monkeypatch):
    refusal = '{"__type":"com.amazonaws.ssm#ValidationException","message":"1 validation error"}'
    with answering((400, refusal)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(
            aws_module.Refused, match="AWS refused: ValidationException 1 validation error"
        ):
            made.get("/a")


def test_a_role_that_is_never_allowed_is_refused_in_the_end(made, aws_module, monkeypatch):
    refusal = (
        400,
        '{"__type":"AccessDeniedException","Message":"not authorized to perform: ssm:PutParameter"}',
    )
    with answering(*[refusal] * 7) as (url, bodies):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(aws_module.Refused, match="not authorized to perform: ssm:PutParameter"):
            made.overwrite("/a", "1")

    assert len(bodies) == 7


def test_ec2_is_asked_again_while_it_does_not_know_the_role(made, monkeypatch):
    refusal = (
        403,
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
        "<Message>not authorized to perform: ec2:DescribeInstances</Message></Error></Errors></Response>",
    )
    answer = "<instanceId>i-0a</instanceId><instanceState><name>running</name></instanceState>"
    with answering(refusal, refusal, (200, answer)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        assert made.states("i-0a") == {"i-0a": "running"}


def test_a_service_without_a_usual_name_in_reach_is_asked_by_its_dual_stack_name(made, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    asked: list[str] = []

    def send(url: str, *rest: object) -> str:
        asked.append(url)
        if url.endswith("amazonaws.com/"):
            raise OSError("no route")
        return '{"Parameters":[]}'

    monkeypatch.setattr(made, "_send", send)

    made.get("/a")

    assert asked == ["https://ssm.eu-west-1.amazonaws.com/", "https://ssm.eu-west-1.api.aws/"]


def test_an_aws_out_of_reach_says_where_it_was_looked_for_and_what_to_do(
    made, aws_module, monkeypatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(
        aws_module.Failure,
        match=r"cannot reach http://127\.0\.0\.1:9/ .*/etc/dualstack/environment",
    ):
        made.get("/a")


def test_one_service_may_have_an_endpoint_of_its_own(made, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with answering((200, '{"Parameters":[]}')) as (url, bodies):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)

        made.get("/a")

    assert len(bodies) == 1


def test_the_states_of_several_instances_are_told_apart(made, monkeypatch):
    answer = """<DescribeInstancesResponse><reservationSet><item><instancesSet><item>
        <instanceId>i-0a</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>
        </item></instancesSet></item><item><instancesSet><item>
        <instanceId>i-0b</instanceId><instanceState><code>48</code><name>terminated</name></instanceState>
        </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"""
    with answering((200, answer)) as (url, bodies):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        states = made.states("i-0a", "i-0b", "i-0c")

    assert states == {"i-0a": "running", "i-0b": "terminated"}
    assert bodies == [
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-id"
        "&Filter.1.Value.1=i-0a&Filter.1.Value.2=i-0b&Filter.1.Value.3=i-0c"
    ]


def test_ec2_refuses_in_words_too(made, aws_module, monkeypatch):
    refusal = (
        "<Response><Errors><Error><Code>InvalidInstanceID.Malformed</Code>"
        "<Message>Invalid id</Message></Error></Errors></Response>"
    )
    with answering((400, refusal)) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(
            aws_module.Refused, match=r"AWS refused: InvalidInstanceID\.Malformed Invalid id"
        ):
            made.states("i-0a")
