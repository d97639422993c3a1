"""Rules for the certificates of kubelets: that the minor has them, and that nobody checks them before all are signed."""

from collections.abc import Iterator, Mapping, Sequence

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.choices import KubeletCertificates
from ..machine.node_settings import planned_settings
from ..machine.settled import KUBELET_CERTIFICATES
from ..spec.cluster import ControlPlaneSpec


def are_signed(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A control plane of the minor must be able to approve them."""
    minor, asked = spec.kubernetes, spec.kubelet_certificates
    if asked is not KubeletCertificates.SELF_SIGNED and not minor.signs_kubelets:
        yield Fault(
            KUBELET_CERTIFICATES,
            f"control planes approve certificates of kubelets since 1.19, and this is {minor.name}; leave it out",
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


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {ControlPlaneSpec: (are_signed,)}
"""The rules for each kind of section."""
