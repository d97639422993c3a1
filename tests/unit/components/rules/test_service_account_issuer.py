"""The keys that sign tokens: none ends while pods have no other tokens."""

import pytest

from tests.unit.components.rules.refused import of_control_plane

ENDS = {"serviceAccountIssuer": {"key": 2, "oldestKey": 2}}


@pytest.mark.parametrize("version", ["1.16", "1.20"])
def test_a_key_does_not_end_where_nothing_renews_the_tokens_of_pods(version):
    assert of_control_plane(version, **ENDS) == [
        f"serviceAccountIssuer.oldestKey: pods of {version} have tokens in Secrets, which nothing signs again, so all of them would "
        "be cut off: kube-proxy, CoreDNS and the network plugin too. Kubelets renew tokens from 1.21 on; leave it out until the "
        "cluster is there"
    ]


def test_a_key_ends_where_kubelets_renew_the_tokens_of_pods():
    assert of_control_plane("1.21", **ENDS) == []


def test_another_key_signs_in_every_minor():
    assert of_control_plane("1.20", serviceAccountIssuer={"key": 2}) == []
