"""The metadata service, asked as machines ask it."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rehearsal.machines.network.imds import MetadataService
from rehearsal.machines.network.metadata import tree
from rehearsal.machines.view.survey import InstanceView
from tests.unit.rehearsal.machines.sample import CONTROL_PLANE, PRIVATE, VPC

TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"


class Machines:
    """One machine, at the loopback address."""

    instance = CONTROL_PLANE

    def at(self, address: str) -> InstanceView | None:
        return self.instance

    def tree(self, instance: InstanceView):
        return tree(instance, VPC, PRIVATE, "control-plane")

    def user_data(self, instance: InstanceView) -> bytes:
        return b"#cloud-config\n"

    def credentials(self, instance: InstanceView) -> str:
        return "{}"


class Asking:
    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        named = {"ttl": TTL, "token": TOKEN, "forwarded": "X-Forwarded-For"}
        connection.request(method, path, headers={named[k]: v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def token(self) -> str:
        return self("PUT", "/latest/api/token", ttl="21600")[1]


@pytest.fixture
def machines() -> Machines:
    return Machines()


@pytest.fixture
def ask(machines: Machines) -> Iterator[Asking]:
    listening = socket.create_server(("127.0.0.1", 0))
    service = MetadataService(machines, [listening])
    yield Asking(listening.getsockname()[1])
    service.stop()


def test_a_token_opens_the_metadata(ask):
    answer = ask("GET", "/latest/meta-data/local-ipv4", token=ask.token())

    assert answer == (200, "10.0.0.4")


def test_nothing_is_told_without_a_token(ask):
    assert ask("GET", "/latest/meta-data/local-ipv4") == (401, "")


def test_a_made_up_token_opens_nothing(ask):
    assert ask("GET", "/latest/meta-data/local-ipv4", token="made-up") == (401, "")


def test_the_first_version_answers_where_the_instance_allows_it(ask, machines):
    machines.instance = replace(CONTROL_PLANE, needs_token=False)

    assert ask("GET", "/latest/meta-data/local-ipv4") == (200, "10.0.0.4")


def test_a_token_of_another_machine_opens_nothing(ask, machines):
    token = ask.token()
    machines.instance = replace(CONTROL_PLANE, id="i-0000000000000000f")

    assert ask("GET", "/latest/meta-data/local-ipv4", token=token) == (401, "")


@pytest.mark.parametrize("lifetime", ["0", "21601", "long"])
def test_a_token_lives_from_a_second_to_six_hours(ask, lifetime):
    assert ask("PUT", "/latest/api/token", ttl=lifetime)[0] == 400


def test_a_proxy_gets_no_token(ask):
    assert ask("PUT", "/latest/api/token", ttl="60", forwarded="192.0.2.1")[0] == 403


def test_user_data_is_handed_out_as_it_was_given(ask):
    assert ask("GET", "/2009-04-04/user-data", token=ask.token()) == (200, "#cloud-config\n")


def test_a_role_lists_itself_and_hands_out_keys(ask):
    token = ask.token()
    path = "/latest/meta-data/iam/security-credentials/"

    assert ask("GET", path, token=token) == (200, "control-plane")
    assert ask("GET", f"{path}control-plane", token=token) == (200, "{}")
    assert ask("GET", f"{path}another", token=token) == (404, "")


def test_a_sender_who_is_no_machine_is_told_nothing(ask, machines):
    machines.at = lambda address: None

    assert ask("PUT", "/latest/api/token", ttl="60")[0] == 404
