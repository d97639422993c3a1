"""The order in which control planes follow a plan: that of their Nodes' names, all static pods before any kubelet."""

from machine import Failure

PODS, KUBELET = "dualstack/plan", "dualstack/kubelet-plan"
"""The annotations of a Node: the plan that its static pods follow, and the one that its kubelet follows."""
ENCRYPTION = "dualstack/encryption-plan"
"""The plan by whose keys it encrypts and signs. Before one does, all must be able to read it, so they have these keys already."""
LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""The labels of control planes. Before 1.20 there was the second alone."""


def control_planes(kube):
    """The Nodes of control planes by name; a `Failure` if the API does not say. Right after its start it may answer 403."""
    for label in LABELS:
        status, found = kube.ask("GET", f"/api/v1/nodes?labelSelector={label.replace('/', '%2F')}")
        if status != 200:
            raise Failure(f"the API does not say which control planes there are ({status})")
        if found["items"]:
            return {node["metadata"]["name"]: node for node in found["items"]}
    raise Failure("the API knows no control plane")


def broken_pods(kube, nodes):
    """The names of static pods of these Nodes that are not ready; a `Failure` if the API does not say."""
    status, found = kube.ask(
        "GET", "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane"
    )
    if status != 200:
        raise Failure(f"the API does not say how the control planes' pods are ({status})")
    return sorted(
        pod["metadata"]["name"]
        for pod in found["items"]
        if pod.get("spec", {}).get("nodeName") in nodes and not ready(pod)
    )


def turn(own, digest, nodes):
    """What this machine does now, and in words what it waits for: `pods`, `encryption`, `kubelet`, `say` that all are there, `wait` or nothing."""
    for name, step in ((PODS, "pods"), (ENCRYPTION, "encryption"), (KUBELET, "kubelet")):
        left = [node for node in sorted(nodes) if annotation(nodes[node], name) != digest]
        if not left:
            continue
        absent = [node for node in sorted(nodes) if node != own and not ready(nodes[node])]
        if absent:
            return "wait", f"waits for {', '.join(absent)} to be Ready"
        if left[0] != own:
            return "wait", f"waits for {left[0]}, whose turn it is"
        return step, ""
    return ("say", "") if own == min(nodes) else ("nothing", "")


def ready(node):
    """Whether a Node is Ready, or a pod."""
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in node.get("status", {}).get("conditions", [])
    )


def annotation(node, name):
    """An annotation of a Node; None without it."""
    return node["metadata"].get("annotations", {}).get(name)
