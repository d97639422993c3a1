"""What runs in the clusters: a server and a client on different nodes, and Services of one family and of both."""

from typing import Any

IMAGE = "10.255.0.1:5000/flannel:v0.28.10"
"""An image with a shell in it that every node has already."""

SLEEP = ["/bin/busybox", "sleep", "1000000"]
"""The command of a container that does nothing."""

SIZE = 300_000
"""Bytes of a file: many packets of any size."""

SERVE = (
    f"mkdir -p /srv && echo server > /srv/name && busybox head -c {SIZE} /dev/zero > /srv/large"
    " && exec busybox httpd -f -p 8080 -h /srv"
)

FAMILIES = {
    "ipv4": (["IPv4"], "SingleStack"),
    "ipv6": (["IPv6"], "SingleStack"),
    "dual": (["IPv4", "IPv6"], "RequireDualStack"),
    "dual-reversed": (["IPv6", "IPv4"], "RequireDualStack"),
}
"""Services by name: their families, and their policy."""

NODE_PORT = 30080


def workload_on(nodes: list[str]) -> list[dict[str, Any]]:
    """All of it."""
    server = _pod(
        "server", nodes[0], ["/bin/busybox", "sh", "-c", SERVE.replace("mkdir", "busybox mkdir")]
    )
    client = _pod("client", nodes[-1], SLEEP)
    return [server, client, *(_service(name) for name in FAMILIES)]


def _pod(name: str, node: str, command: list[str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "main",
                    "image": IMAGE,
                    "command": command,
                    # The examples ask for it by name.
                    "ports": [{"name": "http", "containerPort": 8080}],
                }
            ],
        },
    }


def _service(name: str) -> dict[str, Any]:
    families, policy = FAMILIES[name]
    port: dict[str, Any] = {"port": 80, "targetPort": 8080}
    if name == "dual":
        port["nodePort"] = NODE_PORT
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": "NodePort" if name == "dual" else "ClusterIP",
            "ipFamilies": families,
            "ipFamilyPolicy": policy,
            "selector": {"app": "server"},
            "ports": [port],
        },
    }
