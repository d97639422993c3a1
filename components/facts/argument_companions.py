"""Arguments with which a component starts only beside another one, or only without it."""

from collections.abc import Mapping

ANY = ""
"""Stands for every value."""

NEEDED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "apiServerArgs": (
        ("oidc-issuer-url", ANY, "oidc-client-id"),
        ("oidc-client-id", ANY, "oidc-issuer-url"),
        ("authorization-mode", "ABAC", "authorization-policy-file"),
        ("authorization-mode", "Webhook", "authorization-webhook-config-file"),
        ("enable-admission-plugins", "EventRateLimit", "admission-control-config-file"),
        ("enable-admission-plugins", "ImagePolicyWebhook", "admission-control-config-file"),
    ),
    "kubeletArgs": (
        ("enforce-node-allocatable", "system-reserved", "system-reserved-cgroup"),
        ("enforce-node-allocatable", "system-reserved-compressible", "system-reserved-cgroup"),
        ("enforce-node-allocatable", "kube-reserved", "kube-reserved-cgroup"),
        ("enforce-node-allocatable", "kube-reserved-compressible", "kube-reserved-cgroup"),
        ("memory-manager-policy", "Static", "reserved-memory"),
        ("exit-on-lock-contention", "true", "lock-file"),
    ),
}
"""Words in an argument's value with which a component starts only beside another argument; or its name alone."""

EXCLUDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "apiServerArgs": (
        ("authorization-config", "authorization-"),
        ("authentication-config", "oidc-"),
    ),
}
"""Arguments that exclude those with a prefix: a component does not start with both."""
