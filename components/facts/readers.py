"""The group of people who may read a cluster."""

READERS = "dualstack:readers"
"""The group in the certificate of the read-only kubeconfig. The add-on binds it."""
