"""CoreDNS on more than one machine: the one that has all of its pods evicts one once another node can run it."""

from typing import Any

import pytest

from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster
from tests.unit.node.kubernetes import Kubernetes, let_in, node, pod
from tests.unit.node.machine import Machine
from tests.unit.node.scaling import Scaling

OTHER = "i-0123456789abcdef0"
ALONE = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
NEW = {"key": "node.cloudprovider.kubernetes.io/uninitialized", "effect": "NoSchedule"}


@pytest.fixture
def first(cluster: Cluster, groups: Scaling, api: Kubernetes) -> Machine:
    """A control plane that CoreDNS began on."""
    made = cluster.control_plane()
    made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
    let_in(made, api, cluster.authority)
    api.nodes[made.instance] = node(made.instance)
    api.pods = [dns(1, made.instance), dns(2, made.instance)]
    return made


def dns(number: int, on: str, ready: str = "True") -> dict[str, Any]:
    made = pod(f"coredns-{number}", on, namespace="kube-system")
    made["status"]["conditions"] = [{"type": "Ready", "status": ready}]
    return made


@pytest.mark.parametrize("taints", [[], [ALONE], [{"key": "mine", "effect": "PreferNoSchedule"}]])
def test_one_pod_is_evicted_once_another_node_can_run_it(
    first: Machine, api: Kubernetes, taints: list[dict[str, str]]
):
    api.nodes[OTHER] = node(OTHER)
    api.nodes[OTHER]["spec"]["taints"] = taints

    process = first.start("left_nodes.py")
    first.wait_until_it_says("evicted coredns-2: all of CoreDNS is here")
    first.crash(process)

    assert api.did == ["evicts coredns-2"]
    assert [one["metadata"]["name"] for one in api.pods] == ["coredns-1"]


def absent(api: Kubernetes) -> None:
    del api.nodes[OTHER]


def not_ready(api: Kubernetes) -> None:
    api.nodes[OTHER] = node(OTHER, ready="False")


def cordoned(api: Kubernetes) -> None:
    api.nodes[OTHER]["spec"]["unschedulable"] = True


def tainted(api: Kubernetes) -> None:
    api.nodes[OTHER]["spec"]["taints"] = [NEW]


def elsewhere(api: Kubernetes) -> None:
    api.pods[1] = dns(2, OTHER)


def beginning(api: Kubernetes) -> None:
    api.pods[1] = dns(2, api.pods[1]["spec"]["nodeName"], ready="False")


def single(api: Kubernetes) -> None:
    del api.pods[1]


@pytest.mark.parametrize(
    "unlike", [absent, not_ready, cordoned, tainted, elsewhere, beginning, single]
)
def test_none_is_evicted_otherwise(first: Machine, api: Kubernetes, unlike: Any):
    api.nodes[OTHER] = node(OTHER)
    unlike(api)

    process = first.start("left_nodes.py")
    wait_until(lambda: "/api/v1/namespaces/kube-system/pods" in api.asked)
    seen = len(api.asked)
    # A further look of the same program, so the one at CoreDNS has ended.
    wait_until(lambda: "/api/v1/nodes" in api.asked[seen + 1 :])
    first.crash(process)

    assert api.did == []
