"""A real API server writes its audit log by the cluster's policy: who did what is there, and no text of a Secret is."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.facts.versions import MINORS, NEWEST
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster
from tests.kubeadm.sandbox import sandbox

MINOR = MINORS[NEWEST].name
WORD, SETTING = "a-word-that-nobody-may-read", "a-setting-that-may-be-a-secret"
DEFAULT = "/api/v1/namespaces/default"
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of an API server that was asked for a Secret, a ConfigMap, a token, a role, events and its health."""
    with sandbox(tmp_path_factory.mktemp("audit")) as machine:
        plane = ControlPlane(machine, MINOR, "10.0.0.10")
        plane.prepare(cluster(MINOR, "IPv4 first"))
        plane.start("kube-apiserver")
        named = {"metadata": {"name": "watched"}}
        plane.ask("POST", f"{DEFAULT}/secrets", {**named, "stringData": {"word": WORD}})
        plane.ask("GET", f"{DEFAULT}/secrets/watched")
        plane.ask("POST", f"{DEFAULT}/configmaps", {**named, "data": {"setting": SETTING}})
        plane.ask("POST", f"{DEFAULT}/serviceaccounts", named)
        plane.ask("POST", f"{DEFAULT}/serviceaccounts/watched/token", {"spec": {}})
        roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
        plane.ask("POST", roles, {**named, "rules": RULES})
        plane.ask("GET", f"{DEFAULT}/events")
        yield machine.folder / "log/kubernetes/audit/audit.log"


def events(log: Path, resource: str) -> list[dict[str, Any]]:
    """What the log says of the objects that the test has made."""
    found = [json.loads(line) for line in log.read_text().splitlines()]
    return [
        event
        for event in found
        if event.get("objectRef", {}).get("resource") == resource
        and event["objectRef"].get("name") == "watched"
    ]


def test_who_reads_and_writes_a_secret_is_in_the_log_and_its_text_is_not(log):
    seen = events(log, "secrets")

    assert [(event["verb"], event["level"], event["user"]["username"]) for event in seen] == [
        ("create", "Metadata", "kubernetes-super-admin"),
        ("get", "Metadata", "kubernetes-super-admin"),
    ]
    assert [event["responseStatus"]["code"] for event in seen] == [201, 200]
    assert not {"requestObject", "responseObject"} & {key for event in seen for key in event}


def test_no_body_of_a_configmap_or_of_a_token_is_in_the_log(log):
    [configmap] = events(log, "configmaps")
    *_, token = events(log, "serviceaccounts")

    assert (configmap["verb"], configmap["level"]) == ("create", "Metadata")
    assert (token["objectRef"]["subresource"], token["level"]) == ("token", "Metadata")
    text = log.read_text()
    assert WORD not in text
    assert SETTING not in text
    assert "eyJhbGciOi" not in text


def test_a_change_of_rights_is_in_the_log_with_what_was_asked_for(log):
    [event] = events(log, "clusterroles")

    assert event["level"] == "Request"
    assert event["requestObject"]["rules"] == RULES
    assert "responseObject" not in event


def test_what_components_read_and_renew_is_left_out(log):
    found = [json.loads(line) for line in log.read_text().splitlines()]

    assert {event["stage"] for event in found} <= {"ResponseStarted", "ResponseComplete"}
    assert not [event for event in found if event["requestURI"].startswith(("/healthz", "/readyz"))]
    assert not [event for event in found if event.get("objectRef", {}).get("resource") == "events"]
    own = [event for event in found if event["user"]["username"] == "system:apiserver"]
    reads = {
        event["objectRef"]["resource"]
        for event in own
        if event["verb"] in {"get", "list", "watch"} and "objectRef" in event
    }
    assert reads <= {"secrets"}
    assert "leases" not in {event.get("objectRef", {}).get("resource") for event in own}


def test_only_root_reads_the_log(log):
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
