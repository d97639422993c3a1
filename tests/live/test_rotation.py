"""Another key encrypts the Secrets of a cluster that runs. No number of a key comes back, so no other test follows in that cluster."""

from tests.live import test_encryption
from tests.live.test_encryption import WORD, encrypted_by, raw, word
from tests.live.under_probe import under_probe

secret, asked_from = test_encryption.secret, test_encryption.asked_from


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
