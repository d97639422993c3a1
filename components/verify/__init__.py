"""The verifier of any dual-stack cluster, which it reaches by a kubeconfig: `python -m dualstack verify`."""
