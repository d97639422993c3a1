"""Rules for the certificates of kubelets: that the minor has them, and that nobody checks them before all are signed."""

from collections.abc import Iterator, Mapping, Sequence

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import short
from ..facts.argument_checks import is_true
from ..facts.choices import KubeletCertificates
from ..machine.node_settings import planned_settings
from ..machine.settled import KUBELET_CERTIFICATES
from ..spec.cluster import KUBELETS_OWN_FLAGS, ControlPlaneSpec

ASKING_FLAG = "rotate-server-certificates"
"""The argument by which a kubelet asks the cluster's authority for a certificate, or does not."""


def are_signed(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A control plane of the minor must be able to approve them."""
    minor, asked = spec.kubernetes, spec.kubelet_certificates
    if asked is not KubeletCertificates.SELF_SIGNED and not minor.signs_kubelets:
        yield Fault(
            KUBELET_CERTIFICATES,
            f"control planes approve certificates of kubelets since 1.19, and this is {minor.name}; leave it out",
        )


def decided_once(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """Kubelets must serve with the certificates that are asked for: no argument of theirs may name others."""
    asked = spec.kubeadm.kubelet_certificates
    if asked in (None, KubeletCertificates.SELF_SIGNED):
        return
    for flag in KUBELETS_OWN_FLAGS:
        value = spec.kubeadm.kubelet_args.get(flag)
        if value is not None and not (flag == ASKING_FLAG and is_true(value)):
            yield Fault(
                f"kubeadm.kubeletArgs.{flag}",
                f"{short(value)} lets kubelets serve with other certificates than {KUBELET_CERTIFICATES} says, which is {asked}; "
                "leave one of the two out",
            )


def verified_last(files: Mapping[str, Sequence[str]], spec: ControlPlaneSpec) -> Iterator[Fault]:
    """API servers check what all kubelets have already. `files` are those that the stack wants of running control planes."""
    if not files or spec.kubelet_certificates is not KubeletCertificates.VERIFIED:
        return
    if not planned_settings(files).get("kubeletCertificates"):
        yield Fault(
            KUBELET_CERTIFICATES,
            "verified is asked for and kubelets of the cluster sign for themselves: API servers would reach none for logs and "
            "commands. Write signed, run `pulumi up`, have every worker replaced, and then write verified",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (are_signed, decided_once)
}
"""The rules for each kind of section."""
