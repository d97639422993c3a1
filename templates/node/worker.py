"""How a worker becomes a node, and how it will leave."""

import kubeadm
from machine import run


def enter(settings, aws, instance, facts):  # noqa: ARG001 (a control plane needs the instance)
    """Join the cluster; the outcome."""
    # Before it joins: a machine that ends without having been a node has its hooks too.
    for unit in ("ready", "leave"):
        run("systemctl", "enable", "--now", f"dualstack-{unit}.service")
    kubeadm.reset(settings)
    kubeadm.join(settings, kubeadm.join_facts(settings, aws, facts))
    return "joined"
