"""Two clusters, one after the other: IPv4 first with one control plane, IPv6 first with three."""

import os
from collections.abc import Iterator

import pytest

from tests.live.beginnings import begin, kept_up
from tests.live.cluster import Cluster, eventually
from tests.live.workload import workload_on
from tests.support.patience import PATIENCE_SECONDS

# They take root, a quarter of an hour and most of a machine: only `make test-live` and `make test-upgrade` ask for them.
collect_ignore_glob = [] if os.environ.get("DUALSTACK_LIVE") else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stacks(*names): the stacks that a test is for")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames:
        asked = os.environ.get("DUALSTACK_LIVE", "all")
        names = ["ipv4first", "ipv6first"] if asked == "all" else asked.split(",")
        # What one control plane cannot survive is asked of three alone.
        fitting = metafunc.definition.get_closest_marker("stacks")
        names = [name for name in names if fitting is None or name in fitting.args]
        metafunc.parametrize("cluster", names, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is asked of none of the stacks that were chosen."""
    left_out = [item for item in items if "[NOTSET" in item.name]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A stack of this folder, up with its machines until the last test of it has run."""
    with kept_up(request.param, begin) as made:
        yield made


@pytest.fixture(scope="session")
def workload(cluster: Cluster) -> Cluster:
    """The cluster with two pods on two nodes and Services of every kind, all running."""
    workers = cluster.nodes("worker")
    cluster.apply(*workload_on([node["metadata"]["name"] for node in workers[:2]]))
    for pod in ("server", "client"):
        cluster.api.run(
            "wait",
            f"pod/{pod}",
            "--for=condition=Ready",
            f"--timeout={PATIENCE_SECONDS}s",
            seconds=PATIENCE_SECONDS,
        )
    cluster.api.run(
        "rollout",
        "status",
        "--namespace=kube-system",
        "deployment/coredns",
        f"--timeout={PATIENCE_SECONDS}s",
        seconds=PATIENCE_SECONDS,
    )
    eventually(
        lambda: cluster.get("endpointslices", "--selector=kubernetes.io/service-name=dual")["items"]
    )
    return cluster
