"""What a machine learns of itself, from whichever metadata address answers."""

from types import ModuleType, SimpleNamespace

import pytest

from tests.unit.node.metadata import Metadata, served


@pytest.fixture(autouse=True)
def short_waits(imds: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", raising=False)
    # Its clock stands still, so its patience ends for no attempt.
    clock = SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: 0.0)
    monkeypatch.setattr(imds, "time", clock)


FACTS = {
    "instance-id": "i-0123456789abcdef0",
    "local-hostname": "i-0123456789abcdef0.eu-west-1.compute.internal",
    "local-ipv4": "127.0.0.1",
    "ipv6": "::1",
    "placement/availability-zone": "eu-west-1b",
}


def test_the_ipv6_address_is_asked_when_the_ipv4_address_does_not_answer(imds, monkeypatch):
    with served(Metadata(FACTS), "::1") as metadata:
        monkeypatch.setattr(imds, "ADDRESSES", ("http://127.0.0.1:9", metadata.url))

        assert imds.get("instance-id") == "i-0123456789abcdef0"


def test_a_proxy_is_never_asked_for_metadata(imds, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with served(Metadata(FACTS)) as metadata:
        monkeypatch.setattr(imds, "ADDRESSES", (metadata.url,))

        assert imds.get("instance-id") == "i-0123456789abcdef0"


def test_facts_wait_for_an_ipv6_address_that_comes_late(imds, monkeypatch, capsys):
    with served(Metadata(FACTS, appears_after={"ipv6": 3})) as metadata:
        monkeypatch.setattr(imds, "ADDRESSES", (metadata.url,))

        facts = imds.facts()

    assert facts == {
        "@NODE_NAME@": "i-0123456789abcdef0",
        "@NODE_IPV4@": "127.0.0.1",
        "@NODE_IPV6@": "::1",
    }
    assert metadata.asked.count("ipv6") == 4
    assert capsys.readouterr().out == "i-0123456789abcdef0 in eu-west-1b: 127.0.0.1 ::1\n"


@pytest.mark.parametrize(
    "host",
    [
        "i-0123456789abcdef0.eu-west-1.compute.internal",
        "ip-10-0-0-7.ec2.internal",
        "i-0123456789abcdef0.corp.example i-0123456789abcdef0.example.com",
    ],
)
def test_a_node_is_called_as_its_instance_whatever_its_host_name_is(imds, monkeypatch, host):
    with served(Metadata({**FACTS, "local-hostname": host})) as metadata:
        monkeypatch.setattr(imds, "ADDRESSES", (metadata.url,))

        assert imds.facts()["@NODE_NAME@"] == "i-0123456789abcdef0"
