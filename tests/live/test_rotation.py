"""What a cluster that runs gets and keeps: an issuer, another key of Secrets, another of tokens. So no other test follows in that cluster."""

import base64
import json
from typing import Any

import pytest

from rehearsal.machines.machine import Machine
from tests.live import test_encryption
from tests.live.cluster import Cluster, internal_addresses, url
from tests.live.pools import wait_until_settled
from tests.live.test_encryption import WORD, encrypted_by, raw, word
from tests.live.test_pod_identity import CONTROLLER, controllers_role
from tests.live.under_probe import under_probe

secret, asked_from = test_encryption.secret, test_encryption.asked_from

AUTHORITY = "/etc/kubernetes/pki/ca.crt"
WORKERS = 2


@pytest.fixture(scope="module", autouse=True)
def as_configured(cluster: Cluster) -> None:
    """The cluster as its file says, whatever tests before have left."""
    with cluster.begin("live") as run:
        run.succeed()
    wait_until_settled(cluster, WORKERS)


def test_every_kubelet_serves_with_a_certificate_of_the_cluster_in_both_families(cluster):
    looking = cluster.machine(cluster.nodes("control plane")[0])

    seen = {
        address: _status(looking, address)
        for node in cluster.nodes()
        for address in internal_addresses(node)
    }

    assert len(seen) == 2 * len(cluster.nodes())
    assert {*seen.values()} == {"401"}


def _status(looking: Machine, address: str) -> str:
    """The status with which a kubelet answers a client that trusts the cluster alone; 000 if its certificate is not of the cluster."""
    asked = url(address, 10250, "/healthz", "https")
    command = f"curl --globoff --silent --cacert {AUTHORITY} --output /dev/null --write-out '%{{http_code}}' '{asked}' || true"
    return looking.run("sh", "-c", command).strip()


@pytest.mark.stacks("ipv4first")
def test_a_cluster_that_runs_gets_an_issuer_and_tokens_of_before_are_accepted(cluster, asked_from):
    earlier, instances = _token(cluster), {*cluster.instances()}

    with (
        under_probe(cluster, "an issuer is turned on", asked_from) as figures,
        with_issuer(cluster).begin("live") as run,
    ):
        run.succeed()
    later = _token(cluster)

    assert _read(earlier, 1)["iss"] == "https://kubernetes.default.svc.cluster.local"
    assert _read(later, 1)["iss"] == cluster.parameters("control-plane")["issuer"]
    assert [_accepted(cluster, token) for token in (earlier, later)] == [True, True]
    assert _roles_of_controllers(cluster) == {controllers_role(cluster)}
    assert {*cluster.instances()} == instances
    assert figures.failures("Service") == []


def test_another_key_encrypts_each_secret_while_all_of_them_can_be_read(cluster, asked_from):
    before = raw(cluster)

    with (
        under_probe(cluster, "another key encrypts the Secrets", asked_from) as figures,
        with_issuer(cluster).changed("encryption", key=2).begin("live") as run,
    ):
        run.succeed()
    after = raw(cluster)

    assert encrypted_by(before) == {"k8s:enc:secretbox:v1:dualstack-1"}
    assert encrypted_by(after) == {"k8s:enc:secretbox:v1:dualstack-2"}
    assert {*before} <= {*after}
    assert word(cluster) == WORD
    assert figures.failures("Service") == []


def test_another_key_signs_tokens_while_tokens_of_the_first_are_accepted(cluster, asked_from):
    changed = with_issuer(cluster).changed("encryption", key=2)
    earlier, known = _token(cluster), _keys(cluster)

    with (
        under_probe(cluster, "another key signs tokens", asked_from) as figures,
        changed.changed("serviceAccountIssuer", key=2).begin("live") as run,
    ):
        run.succeed()
    later = _token(cluster)

    assert known == {_key_of(earlier)}
    assert _keys(cluster) == {_key_of(earlier), _key_of(later)}
    assert _key_of(earlier) != _key_of(later)
    assert [_accepted(cluster, token) for token in (earlier, later)] == [True, True]
    assert figures.failures("Service") == []


def with_issuer(cluster: Cluster) -> Cluster:
    return cluster.changed("serviceAccountIssuer", enabled=True)


def _roles_of_controllers(cluster: Cluster) -> set[str]:
    """The roles in the environment of the cloud controllers."""
    pods = cluster.get("pods", "--namespace=kube-system", f"--selector=app={CONTROLLER}")["items"]
    return {
        one["value"]
        for pod in pods
        for one in pod["spec"]["containers"][0]["env"]
        if one["name"] == "AWS_ROLE_ARN"
    }


def _token(cluster: Cluster) -> str:
    return cluster.api.run("create", "token", "default").strip()


def _key_of(token: str) -> str:
    """The name of the key that has signed a token."""
    return _read(token, 0)["kid"]


def _read(token: str, place: int) -> dict[str, Any]:
    """A part of a token: 0 is its header, 1 are its claims."""
    part = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _keys(cluster: Cluster) -> set[str]:
    """The names of the keys whose tokens the API server accepts."""
    return {
        key["kid"] for key in json.loads(cluster.api.run("get", "--raw=/openid/v1/jwks"))["keys"]
    }


def _accepted(cluster: Cluster, token: str) -> bool:
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token},
    }
    said = cluster.api.run("create", "--filename=-", "--output=json", text=json.dumps(review))
    return json.loads(said)["status"].get("authenticated", False)
