"""Every rendered document is accepted, without one word about it, by the kubeadm of its minor."""

import pytest

from components.config.check import SpecError
from tests.kubeadm.reading import joining, migrated, validated
from tests.kubeadm.rendered import cluster, initial, joining_control_plane, joining_worker, workers

CLOUD_WITHOUT_IPV6 = 21
"""Up to here nobody would name the IPv6 address of a node beside a cloud provider, so IPv6 first is refused."""

PROVIDERS = {"none": "", "external": ", beside a cloud provider"}


def refused(minor: str, order: str, provider: str) -> bool:
    """Whether the spec does not let a cluster come so far."""
    early = int(minor.split(".")[1]) <= CLOUD_WITHOUT_IPV6
    return early and provider == "external" and order == "IPv6 first"


@pytest.fixture
def judged(record_property, minor, order, provider):
    """Count a document as one that a real kubeadm has judged."""

    def count(kind: str) -> None:
        record_property("kubeadm", (minor, order, kind + PROVIDERS[provider]))

    return count


@pytest.fixture
def joins(minor, order, provider) -> dict[str, str]:
    """The documents of joining machines; none where the spec refuses the cluster."""
    if refused(minor, order, provider):
        with pytest.raises(SpecError, match=r"cluster\.cloudProvider: "):
            workers(minor, order, provider)
        return {}
    return {
        "joining control plane": joining_control_plane(cluster(minor, order, provider)),
        "joining worker": joining_worker(workers(minor, order, provider)),
    }


def test_the_clusters_documents_are_accepted(init, minor, order, provider, judged):
    if refused(minor, order, provider):
        with pytest.raises(SpecError, match=r"cluster\.cloudProvider: "):
            init(order, provider)
        return
    judged("cluster")

    verdict, _ = init(order, provider)

    assert verdict.complaints == []
    assert verdict.accepted, verdict.output


@pytest.mark.parametrize("ask", [migrated, joining])
def test_documents_that_join_are_accepted(machine, kubeadm, joins, ask, judged):
    for kind, text in joins.items():
        judged(kind)

        verdict = ask(machine, kubeadm, text)

        assert verdict.complaints == []
        assert verdict.accepted, verdict.output


@pytest.mark.since("1.28")
def test_every_document_is_valid_to_the_command_that_judges_them(
    machine, kubeadm, minor, joins, order
):
    documents = [initial(cluster(minor, order)), *joins.values()]

    verdicts = [validated(machine, kubeadm, text) for text in documents]

    assert [verdict.complaints for verdict in verdicts] == [[], [], []]
    assert all(verdict.accepted for verdict in verdicts)
