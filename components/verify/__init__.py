"""Verifies any dual-stack cluster by its kubeconfig: `python -m dualstack verify`."""
