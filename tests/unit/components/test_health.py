"""A running cluster is asked how it is, over TLS and as its administrator."""

import asyncio
import base64

import pulumi
import pytest
import yaml

from components.facts.versions import MINORS
from components.health import health, say_health
from components.rules.health import DeprecatedApi
from tests.unit.node.authority import Authority
from tests.unit.node.kubernetes import node, served

METRIC = (
    'apiserver_requested_deprecated_apis{group="g",removed_release="1.37",resource="r",'
    'subresource="",version="v1beta1"} 1\n'
)


class Api:
    """An API server of 1.36 whose etcd does not answer, with a node that is Ready and one that is not."""

    port = 0

    def answer(self, method, target, body):
        versions = {"nodeInfo": {"kubeletVersion": "v1.36.5"}}
        nodes = [node("i-1", **versions), node("i-2", ready="False", **versions)]
        return {
            "/version": (200, {"gitVersion": "v1.36.5"}),
            "/api/v1/nodes": (200, {"items": nodes}),
            "/readyz?verbose": (500, "[+]ping ok [-]etcd failed: reason withheld"),
            "/metrics": (200, METRIC),
        }[target]


@pytest.fixture
def kubeconfig(tmp_path):
    """The administrator's kubeconfig for that API server."""
    authority = Authority.made()
    with served(Api(), authority, tmp_path) as api:
        certificate, key = authority.server_files(tmp_path / "admin", "admin")
        files = [authority.certificate, certificate.read_text(), key.read_text()]
        ca, cert, private = (base64.b64encode(text.encode()).decode() for text in files)
        server = f"https://127.0.0.1:{api.port}"
        yield yaml.safe_dump(
            {
                "clusters": [{"cluster": {"server": server, "certificate-authority-data": ca}}],
                "users": [{"user": {"client-certificate-data": cert, "client-key-data": private}}],
            }
        )


@pytest.fixture
def said(monkeypatch):
    """What is said and warned of."""
    lines = []
    for kind in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, kind, lambda text, *_: lines.append(text))
    return lines


def test_an_api_server_says_how_the_cluster_is(kubeconfig):
    found = health(kubeconfig)

    assert (found.version, found.etcd) == ("1.36.5", False)
    assert found.kubelets == ["1.36.5", "1.36.5"]
    assert found.unready == ["i-2"]
    assert found.deprecated == [DeprecatedApi("r.v1beta1.g", "1.37")]


def test_a_preview_says_it_with_what_is_to_be_mended(kubeconfig, said):
    asyncio.run(say_health(kubeconfig, MINORS[37]))

    assert [line.partition(":")[0] for line in said] == [
        "The cluster says",
        "etcd does not answer",
        "i-2 not Ready",
        "r.v1beta1.g was asked for, and 1.37 no longer has it",
    ]


def test_a_cluster_that_cannot_be_asked_is_said_in_one_line_and_stops_nothing(kubeconfig, said):
    content = yaml.safe_load(kubeconfig)
    content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:0"

    asyncio.run(say_health(yaml.safe_dump(content), MINORS[37]))

    [line] = said
    assert line.startswith("The cluster could not be asked how it is: ")


def test_the_clients_key_stays_in_no_file(kubeconfig, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    health(kubeconfig)

    assert [*(tmp_path / "temporary").iterdir()] == []
