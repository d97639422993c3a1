"""Access to the cluster's API from this host, and the table of its nodes."""

import contextlib
import json
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from components.facts.choices import UNINITIALIZED
from components.facts.versions import CONTROL_PLANE, OLD_CONTROL_PLANE
from rich.table import Table

from ..daemons import wait_until
from .shell import LiveError

COLUMNS = ("node", "role", "zone", "version", "addresses", "pod ranges", "Ready")
ZONE = "topology.kubernetes.io/zone"


def host_kubeconfig(kubeconfig: str, hosts: str) -> str:
    """The kubeconfig with the load balancer's address as the server. Only the machines' networks resolve the load balancer's name."""
    content = yaml.safe_load(kubeconfig)
    for entry in content["clusters"]:
        server = entry["cluster"]["server"]
        scheme, _, rest = server.partition("://")
        name, _, port = rest.rpartition(":")
        address = _address_of(name, hosts)
        if address:
            entry["cluster"]["tls-server-name"] = name
            shown = f"[{address}]" if ":" in address else address
            entry["cluster"]["server"] = f"{scheme}://{shown}:{port}"
    return yaml.safe_dump(content, sort_keys=False)


def _address_of(name: str, hosts: str) -> str:
    for line in hosts.splitlines():
        address, *names = line.split()
        if name.lower() in names:
            return address
    return ""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with a kubeconfig."""

    kubectl: Path
    kubeconfig: Path

    def run(self, *words: str, seconds: float = 30, text: str | None = None) -> str:
        """The standard output of kubectl. Raises LiveError if kubectl fails."""
        done = subprocess.run(
            [self.kubectl, f"--kubeconfig={self.kubeconfig}", *words],
            capture_output=True,
            text=True,
            timeout=seconds,
            input=text,
            check=False,
        )
        if done.returncode:
            raise LiveError(f"kubectl {' '.join(words[:4])}: {done.stderr.strip()}")
        return done.stdout

    def nodes(self) -> list[dict[str, Any]]:
        return json.loads(self.run("get", "nodes", "--output=json"))["items"]

    def wait_for_nodes(self, machines: Collection[str], seconds: float) -> list[dict[str, Any]]:
        """The nodes once those of all these machines are Ready, or as they are when the time is over.

        A node whose machine has ended counts for nothing. It may be listed as Ready for a while.
        """
        nodes: list[dict[str, Any]] = []

        def ready() -> bool:
            with contextlib.suppress(LiveError, subprocess.TimeoutExpired):
                nodes[:] = self.nodes()
                return set(machines) <= ready_machines(nodes)
            return False

        wait_until(ready, seconds, 1)
        return nodes

    def wait_for_dns(self, seconds: int) -> None:
        """Wait until the cluster's DNS runs, or until the time is over. Its pods are scheduled once a node is Ready."""
        kube_dns = ("deployment/coredns", "--namespace=kube-system")
        with contextlib.suppress(LiveError):
            self.run("rollout", "status", *kube_dns, f"--timeout={seconds}s", seconds=seconds + 10)


def ready_machines(nodes: list[dict[str, Any]]) -> set[str]:
    """The instance ids of the nodes that are Ready."""
    return {machine_of(node) for node in nodes if is_ready(node)}


def machine_of(node: dict[str, Any]) -> str:
    """The instance id of a node, which begins its name."""
    return node["metadata"]["name"].split(".")[0]


def is_ready(node: dict[str, Any]) -> bool:
    """Whether pods run on a node: its kubelet is Ready, and no cloud controller has yet to see its machine."""
    conditions = node["status"].get("conditions", [])
    taints = {taint["key"] for taint in node["spec"].get("taints", [])}
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and UNINITIALIZED not in taints


def node_table(nodes: list[dict[str, Any]], zones: dict[str, str]) -> Table:
    """A row for each node with the version of its kubelet, control planes first. `zones` holds the zone of each machine that exists."""
    table = Table()
    for column in COLUMNS:
        table.add_column(column, no_wrap=True)
    for node in sorted(nodes, key=lambda n: (_role(n), n["metadata"]["name"])):
        name = machine_of(node)
        ready = "yes" if is_ready(node) else "no"
        addresses = node["status"].get("addresses", [])
        table.add_row(
            name,
            _role(node),
            node["metadata"]["labels"].get(ZONE) or zones.get(name, ""),
            node["status"]["nodeInfo"]["kubeletVersion"],
            "\n".join(a["address"] for a in addresses if a["type"] == "InternalIP"),
            "\n".join(node["spec"].get("podCIDRs", [])),
            ready if name in zones else "its machine has ended",
        )
    return table


def _role(node: dict[str, Any]) -> str:
    labels = node["metadata"]["labels"]
    return "control plane" if labels.keys() & {CONTROL_PLANE, OLD_CONTROL_PLANE} else "worker"
