"""The API server of this machine itself, behind no load balancer, and whether new containers beside it do their work."""

from contextlib import contextmanager

from kube import ADMIN, Kube
from machine import path, write

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
LOCAL = "/run/dualstack/local.conf"


@contextmanager
def own_api(settings, facts):
    """The API of this machine, for its administrator."""
    address = facts[f"@NODE_{settings['primaryFamily'].upper()}@"]
    host = f"[{address}]" if ":" in address else address
    server = f"server: https://{host}:{settings['apiPort']}"
    lines = path(ADMIN).read_text().splitlines()
    text = "\n".join(
        line.partition("server:")[0] + server if "server:" in line else line for line in lines
    )
    write(LOCAL, f"{text}\n", 0o600)
    try:
        yield Kube(LOCAL)
    finally:
        path(LOCAL).unlink()


def healthy(kube, node, changed, old):
    """Whether this API server is ready, and new containers of the changed components of a node are."""
    if kube.ask("GET", "/readyz")[0] != 200:
        return False
    for component in changed:
        status, pod = kube.ask("GET", f"/api/v1/namespaces/kube-system/pods/{component}-{node}")
        states = pod.get("status", {}).get("containerStatuses", []) if status == 200 else []
        if not any(
            state.get("ready") and state.get("containerID", "").partition("//")[2] not in old
            for state in states
        ):
            return False
    return True
