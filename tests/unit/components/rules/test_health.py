"""What a cluster says of itself before an upgrade."""

import pytest

from components.facts.versions import MINORS
from components.rules.health import DeprecatedApi, Health, cautions, deprecated_apis, summary

METRICS = """\
# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="",version="v1beta3"} 1
apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="status",version="v1beta3"} 1
apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1
apiserver_request_total{code="200"} 1
"""

FLOWS = DeprecatedApi("flowschemas.v1beta3.flowcontrol.apiserver.k8s.io", "1.32")
STATUSES = DeprecatedApi("componentstatuses.v1", "")


def health(**other):
    well = {
        "version": "1.31.14",
        "etcd": True,
        "kubelets": ["1.31.14", "1.31.14", "1.30.14"],
        "unready": [],
        "deprecated": [],
    }
    return Health(**{**well, **other})


def test_each_deprecated_api_in_use_is_read_once():
    assert deprecated_apis(METRICS) == [STATUSES, FLOWS]
    assert deprecated_apis("apiserver_request_total 1\n") == []


def test_a_cluster_is_summed_up_in_a_line():
    assert summary(health(deprecated=[STATUSES, FLOWS])) == (
        "The cluster says: API server 1.31.14; etcd answers; 3 of 3 nodes Ready, kubelets 1.30.14, 1.31.14; deprecated APIs in use: "
        "componentstatuses.v1, flowschemas.v1beta3.flowcontrol.apiserver.k8s.io (until 1.32)"
    )


@pytest.mark.parametrize(
    ("found", "wanted", "beginnings"),
    [
        (health(), 32, []),
        (health(etcd=False), 32, ["etcd does not answer"]),
        (health(unready=["i-1", "i-2"]), 32, ["i-1, i-2 not Ready"]),
        (health(deprecated=[FLOWS]), 32, [f"{FLOWS.name} was asked for, and 1.32 no longer"]),
        (health(deprecated=[FLOWS]), 31, []),
        (health(deprecated=[STATUSES]), 32, []),
    ],
    ids=["well", "etcd", "nodes", "removed", "not removed yet", "removed at no time"],
)
def test_what_is_to_be_mended_first_is_said(found, wanted, beginnings):
    said = [*cautions(found, MINORS[wanted])]

    assert len(said) == len(beginnings)
    assert all(map(str.startswith, said, beginnings))
