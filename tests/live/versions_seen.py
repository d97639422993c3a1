"""The versions of a cluster's kubelets and API servers, looked at again and again while something is done to it."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from rehearsal.machines.shell import LiveError
from tests.live.cluster import Cluster

PAUSE_SECONDS = 1

API_SERVERS = ("--namespace=kube-system", "--selector=component=kube-apiserver")


@dataclass
class Versions:
    """What was seen of versions."""

    looks: int = 0
    ahead: list[str] = field(default_factory=list)
    """Kubelets of a newer minor than an API server of the same moment."""
    servers: set[str] = field(default_factory=set)
    """All versions of API servers, of all moments."""

    def look(self, cluster: Cluster) -> None:
        """Look once. Nodes come first, so that an API server which changes between the two answers accuses nobody."""
        kubelets = kubelet_versions(cluster)
        servers = api_server_versions(cluster)
        self.looks += 1
        self.servers |= set(servers.values())
        oldest = min(servers.values(), key=_minor)
        self.ahead += [
            f"the kubelet of {node} is {version}, and an API server is {oldest}"
            for node, version in kubelets.items()
            if _minor(version) > _minor(oldest)
        ]


def kubelet_versions(cluster: Cluster) -> dict[str, str]:
    """The version of each node's kubelet, like 1.36.5."""
    return {
        node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"].removeprefix("v")
        for node in cluster.api.nodes()
    }


def api_server_versions(cluster: Cluster) -> dict[str, str]:
    """The version of the API server of each control plane whose container runs."""
    return {
        pod["spec"]["nodeName"]: state["image"].rpartition(":v")[2]
        for pod in cluster.get("pods", *API_SERVERS)["items"]
        for state in pod["status"].get("containerStatuses", ())
        if "running" in state["state"]
    }


@contextmanager
def versions_seen(cluster: Cluster) -> Iterator[Versions]:
    """Look each second until the block ends. A look for which the API is away is left out."""
    seen, over = Versions(), threading.Event()

    def watch() -> None:
        while not over.wait(PAUSE_SECONDS):
            with suppress(LiveError, subprocess.TimeoutExpired, ValueError):
                seen.look(cluster)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
