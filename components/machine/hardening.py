"""What the CIS benchmark for Kubernetes asks of components and kubeadm does not write.

A user's argument of the same name takes precedence. `docs/reference/hardening.md` has the figures, and what is not followed.
"""

from collections.abc import Mapping

from ..facts.versions import Minor

CIPHERS = (
    *("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    *("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    *("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"),
)
"""The suites of TLS 1.2 with forward secrecy and authenticated encryption, by names that every minor knows. Those of TLS 1.3
cannot be chosen, and all are as good."""

WITHOUT_PROFILES: Mapping[str, str] = {"profiling": "false"}
"""No profiles of a running component: they show its memory and cost it time."""


def api_server_args(minor: Minor) -> dict[str, str]:
    """Arguments of the API server."""
    args = {**WITHOUT_PROFILES, "tls-cipher-suites": ",".join(CIPHERS)}
    if minor.ends_tokens_in_time:
        args["service-account-extend-token-expiration"] = "false"
    return args


def kubelet_settings(minor: Minor) -> dict[str, object]:
    """Values of the kubelets' template."""
    return {"ciphers": CIPHERS, "seccomp_default": minor.confines_pods}
