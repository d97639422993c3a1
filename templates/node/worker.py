"""How a worker becomes a node."""

import kubeadm


def enter(settings, aws, instance, facts):  # noqa: ARG001 (a control plane needs the instance)
    """Join the cluster."""
    kubeadm.reset(settings)
    kubeadm.join(settings, kubeadm.join_facts(settings, aws, facts))
