"""The documents of one small cluster in any minor and order, as a machine named node1 has them."""

from typing import Any

from components.machine.documents import control_plane_join, fill, init_documents, worker_join
from components.rules import load
from components.spec.cluster import ControlPlaneSpec, WorkerPoolSpec

ORDERS = {"IPv4 first": ["IPv4", "IPv6"], "IPv6 first": ["IPv6", "IPv4"]}

FACTS = {
    "NODE_NAME": "node1",
    "NODE_IPV4": "10.0.0.10",
    "NODE_IPV6": "fd00:aa::10",
    "API_HOST": "api.example.com",
    "CA_HASH": f"sha256:{'0123456789abcdef' * 4}",
    "TOKEN": "abcdef.0123456789abcdef",
}
"""What the machine of a sandbox would find out."""


def cluster(minor: str, order: str, provider: str = "none", **sections: Any) -> ControlPlaneSpec:
    """A cluster with ranges that are easy to recognise; 1.16 takes a wider IPv6 range for pods."""
    pods = "fd20::/16" if minor == "1.16" else "fd00:10:244::/56"
    return load(
        ControlPlaneSpec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": _named(minor, order, provider),
            "pods": {"ipv4Range": "10.244.0.0/16", "ipv6Range": pods},
            "services": {"ipv4Range": "10.96.0.0/16", "ipv6Range": "fd00:10:96::/112"},
            **sections,
        },
    )


def workers(minor: str, order: str, provider: str = "none", **sections: Any) -> WorkerPoolSpec:
    """A pool of workers of that cluster, with labels and taints."""
    return load(
        WorkerPoolSpec,
        {
            "region": "eu-west-1",
            "cluster": _named(minor, order, provider),
            "poolName": "batch",
            "pool": {
                "labels": {"example.com/purpose": "batch"},
                "taints": [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}],
            },
            **sections,
        },
    )


def _named(minor: str, order: str, provider: str) -> dict[str, Any]:
    return {
        "name": "demo",
        "kubernetesVersion": minor,
        "ipFamilies": ORDERS[order],
        "cloudProvider": provider,
    }


def initial(spec: ControlPlaneSpec) -> str:
    """What the first control plane reads."""
    return fill(init_documents(spec), FACTS)


def joining_control_plane(spec: ControlPlaneSpec) -> str:
    """What a further control plane reads."""
    return fill(control_plane_join(spec), FACTS)


def joining_worker(spec: WorkerPoolSpec) -> str:
    """What a worker reads."""
    return fill(worker_join(spec), FACTS)
