"""Rules for the issuer of pods' tokens: that the API server takes it, and that it stays."""

from collections.abc import Iterator, Mapping, Sequence

from ..config.check import Fault, Rule
from ..config.section import Section
from ..machine.issuer import ISSUER_PATCH, ISSUER_TOKEN
from ..spec.cluster import ControlPlaneSpec

PATH = "serviceAccountIssuer.enabled"
OWN = ("service-account-issuer", "service-account-jwks-uri")


def issuer_is_taken(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The API server must take two issuers, and no other may be named."""
    if not spec.service_account_issuer.enabled:
        return
    minor = spec.kubernetes
    if not minor.takes_several_issuers:
        yield Fault(
            PATH,
            f"tokens from before would be refused: an API server takes several issuers from 1.22 on, and this is {minor.name}; "
            "leave it out until the cluster is there",
        )
    for flag in OWN:
        if flag in spec.kubeadm.api_server_args:
            yield Fault(
                f"kubeadm.apiServerArgs.{flag}",
                f"it follows from the issuer's bucket while {PATH} is on; leave one of the two out",
            )
    if ISSUER_PATCH in spec.kubeadm.patches:
        yield Fault(
            f"kubeadm.patches.{ISSUER_PATCH}",
            f"a patch of this name is written while {PATH} is on; give yours another name",
        )


def issuer_is_kept(planned: Mapping[str, Sequence[str]], spec: ControlPlaneSpec) -> Iterator[Fault]:
    """An issuer stays while the cluster lives. `planned` are the files that the stack wants of running control planes."""
    has_one = any(ISSUER_TOKEN in text for _, text in planned.values())
    if has_one and not spec.service_account_issuer.enabled:
        yield Fault(
            PATH,
            "false is asked for and the cluster has an issuer of its own; its pods have tokens that no API server would accept "
            "without it. Keep true, or make a second cluster",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {ControlPlaneSpec: (issuer_is_taken,)}
"""The rules for each kind of section."""
