"""The issuer of pods' tokens in the documents of control planes."""

from ..facts.issuer_paths import KEYS
from ..spec.cluster import ControlPlaneSpec, NodeSpec

ISSUER_TOKEN = "@ISSUER@"  # noqa: S105 (its place in a document)

ISSUER_PATCH = "kube-apiserver-issuer+json.yaml"
"""The patch with the issuer that kubeadm writes if it is given no other. Tokens from before name that one, and an API server
accepts those of every issuer that it is given. A map of arguments, as kubeadm reads it up to 1.30, holds a flag once."""


def issuer_args(spec: ControlPlaneSpec) -> dict[str, str]:
    """The issuer of new tokens. By the API server's own default the audiences that it accepts are all its issuers.

    https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
    """
    if not spec.service_account_issuer.enabled:
        return {}
    return {
        "service-account-issuer": ISSUER_TOKEN,
        "service-account-jwks-uri": f"{ISSUER_TOKEN}/{KEYS}",
    }


def patches(spec: NodeSpec) -> dict[str, str]:
    """The patches of such a machine by their files' names."""
    if not isinstance(spec, ControlPlaneSpec) or not spec.service_account_issuer.enabled:
        return spec.kubeadm.patches
    text = (
        "- op: add\n"
        "  path: /spec/containers/0/command/-\n"
        f"  value: --service-account-issuer=https://kubernetes.default.svc.{spec.kubeadm.dns_domain}\n"
    )
    return {ISSUER_PATCH: text, **spec.kubeadm.patches}
