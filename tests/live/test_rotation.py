"""Other keys for a cluster that runs: of Secrets, and of tokens. No number of a key comes back, so no other test follows in that cluster."""

import base64
import json

from rehearsal.machines.machine import Machine
from tests.live import test_encryption
from tests.live.cluster import Cluster, internal_addresses, url
from tests.live.test_encryption import WORD, encrypted_by, raw, word
from tests.live.under_probe import under_probe

secret, asked_from = test_encryption.secret, test_encryption.asked_from

AUTHORITY = "/etc/kubernetes/pki/ca.crt"


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


def test_another_key_encrypts_each_secret_while_all_of_them_can_be_read(cluster, asked_from):
    before = raw(cluster)

    with (
        under_probe(cluster, "another key encrypts the Secrets", asked_from) as figures,
        cluster.changed("encryption", key=2).begin("live") as run,
    ):
        run.succeed()
    after = raw(cluster)

    assert encrypted_by(before) == {"k8s:enc:secretbox:v1:dualstack-1"}
    assert encrypted_by(after) == {"k8s:enc:secretbox:v1:dualstack-2"}
    assert {*before} <= {*after}
    assert word(cluster) == WORD
    assert figures.failures("Service") == []


def test_another_key_signs_tokens_while_tokens_of_the_first_are_accepted(cluster, asked_from):
    changed = cluster.changed("encryption", key=2)
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


def _token(cluster: Cluster) -> str:
    return cluster.api.run("create", "token", "default").strip()


def _key_of(token: str) -> str:
    """The name of the key that has signed a token."""
    header = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


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
