"""What `python -m dualstack status` says of what ends, and of what only gets old."""

import base64
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from components.status.endings import Ending, end_of, of_kubeconfig, of_parameters
from tests.unit.components.status import test_inquiry
from tests.unit.components.status.test_inquiry import status
from tests.unit.node.authority import Authority
from tests.unit.node.tls_server import showing

cluster = test_inquiry.cluster

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FOLDER = "/dualstack/prod/control-plane"


def ago(**length: int) -> datetime:
    return NOW - timedelta(**length)


def said(*endings: Ending) -> dict[str, str]:
    return {each.what: each.words(NOW) for each in endings}


def test_parameters_say_how_old_keys_are_and_when_the_rest_ends():
    written = {
        f"{FOLDER}/ca.crt": ago(days=400),
        f"{FOLDER}/sa.key": ago(days=400),
        f"{FOLDER}/encryption/dualstack-1": ago(days=400),
        f"{FOLDER}/encryption/dualstack-2": ago(days=12),
        "/dualstack/prod/join/token": ago(hours=5),
    }

    assert said(*of_parameters("prod", written)) == {
        "certificate authorities": "2035-10-23 12:00, in 8 years",
        "join token": "2026-11-30 07:00, in 19 h",
        "key 2 of Secrets": "never, 12 days old",
        "key 1 of tokens": "never, 400 days old",
    }


def test_the_newest_key_of_tokens_is_the_one_that_signs():
    written = {
        f"{FOLDER}/sa.key": ago(days=400),
        f"{FOLDER}/service-account/9.key": ago(days=40),
        f"{FOLDER}/service-account/10.key": ago(days=4),
        f"{FOLDER}/service-account/10.pub": ago(days=4),
    }

    assert said(*of_parameters("prod", written)) == {"key 10 of tokens": "never, 4 days old"}


def test_a_cluster_whose_name_begins_with_a_zero_has_its_keys_too():
    written = {"/dualstack/007/control-plane/service-account/2.key": ago(days=4)}

    assert said(*of_parameters("007", written)) == {"key 2 of tokens": "never, 4 days old"}


@pytest.mark.parametrize(
    ("what", "written", "words"),
    [
        (
            "certificate authorities",
            {f"{FOLDER}/ca.crt": ago(days=3300)},
            "LATE: 2027-11-14 12:00, in 350 days",
        ),
        (
            "join token",
            {"/dualstack/prod/join/token": ago(hours=13)},
            "LATE: 2026-11-29 23:00, in 11 h",
        ),
        (
            "join token",
            {"/dualstack/prod/join/token": ago(hours=30)},
            "LATE: 2026-11-29 06:00, 6 h ago",
        ),
    ],
    ids=["a year before the end", "a timer has not run twice", "it has ended"],
)
def test_what_should_have_been_renewed_is_late(what: str, written: dict, words: str):
    assert said(*of_parameters("prod", written)) == {what: words}


def test_a_certificate_says_when_it_ends(tmp_path: Path):
    certificate, _ = Authority.made().server_files(tmp_path, "admin", days=20)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())

    found = end_of(der)

    assert found is not None
    assert abs(found - (datetime.now(UTC) + timedelta(days=20))) < timedelta(hours=1)
    assert end_of(b"no certificate") is None


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig whose certificate has 20 days left, of a cluster whose API server has 300."""
    authority = Authority.made()
    certificate, key = authority.server_files(tmp_path, "127.0.0.1", days=300)
    admin, _ = authority.server_files(tmp_path / "admin", "admin", days=20)
    with showing(certificate, key) as port:
        server = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": base64.b64encode(authority.certificate.encode()).decode(),
        }
        user = {"client-certificate-data": base64.b64encode(admin.read_bytes()).decode()}
        file = tmp_path / "kubeconfig"
        file.write_text(
            yaml.safe_dump(
                {
                    "clusters": [{"name": "prod", "cluster": server}],
                    "users": [{"name": "admin", "user": user}],
                    "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "admin"}}],
                    "current-context": "prod",
                }
            )
        )
        yield file


def test_a_kubeconfig_and_the_api_server_behind_it_say_when_their_certificates_end(kubeconfig):
    found = {each.what: each for each in of_kubeconfig(str(kubeconfig))}

    now = datetime.now(UTC)
    assert {what: each.late(now) for what, each in found.items()} == {
        "certificate of the kubeconfig": True,
        "certificate of an API server": False,
    }
    assert found["certificate of the kubeconfig"].words(now).endswith(("in 19 days", "in 20 days"))


def test_a_kubeconfig_that_cannot_be_read_says_nothing(tmp_path: Path):
    (tmp_path / "kubeconfig").write_text("clusters: []\n")

    assert [*of_kubeconfig(str(tmp_path / "kubeconfig"))] == []
    assert [*of_kubeconfig(str(tmp_path / "none"))] == []


def test_the_report_has_what_ends_for_people_and_for_programs(cluster, capsys):
    cluster.machine("prod-control-plane-0", "joined")
    cluster.put("join/token", "abcdef.0123456789abcdef")
    cluster.put("control-plane/encryption/dualstack-1", "secret")

    _, text = status(capsys)
    _, document = status(capsys, "--json")

    lines = [line for line in text.splitlines() if line.startswith(("what", "join", "key"))]
    assert [line.split("  ")[0] for line in lines] == ["what", "join token", "key 1 of Secrets"]
    assert [(one["what"], one["late"]) for one in json.loads(document)["ends"]] == [
        ("join token", False),
        ("key 1 of Secrets", False),
    ]
    assert "secret" not in text.replace("secrets", "")
