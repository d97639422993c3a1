"""Rules for the issuer of pods' tokens: that the API server takes it, and that it stays."""

from collections.abc import Iterator, Mapping, Sequence

from ..config.check import Fault, Rule
from ..config.section import Section
from ..machine.issuer import ISSUER_PATCH, ISSUER_TOKEN
from ..machine.node_settings import planned_settings
from ..spec.cluster import ControlPlaneSpec
from .upgrade import Standing

PATH = "serviceAccountIssuer.enabled"
OLDEST = "serviceAccountIssuer.oldestKey"
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


def oldest_is_known(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The key that signs must be among those whose tokens are accepted."""
    section = spec.service_account_issuer
    if section.oldest_key > section.key:
        yield Fault(
            OLDEST,
            f"{section.oldest_key} is above the key that signs, {section.key}; write at most {section.key}",
        )


def tokens_are_renewed(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A key may end only where kubelets bring pods the tokens of the next one."""
    if spec.service_account_issuer.ends_keys and not spec.kubernetes.renews_pod_tokens:
        yield Fault(
            OLDEST,
            f"pods of {spec.kubernetes.name} have tokens in Secrets, which nothing signs again, so all of them would be cut off: "
            "kube-proxy, CoreDNS and the network plugin too. Kubelets renew tokens from 1.21 on; leave it out until the cluster is "
            "there",
        )


def keys_in_order(standing: Standing, spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A key that signs stays accepted while there are tokens of it. `standing` is that of running control planes."""
    section = spec.service_account_issuer
    keys = planned_settings(standing.files).get("serviceAccountKeys", [1])
    newest, oldest = keys[0], keys[-1]
    if section.key < newest:
        yield Fault(
            "serviceAccountIssuer.key",
            f"{section.key} is asked for and key {newest} signs the tokens of the cluster; write {newest}, or the next number for "
            "another key",
        )
    elif section.oldest_key > newest:
        yield Fault(
            OLDEST,
            f"pods have tokens of key {newest}, which would be refused; write at most {newest}, run `pulumi up`, and raise it a "
            "day later",
        )
    elif section.oldest_key > oldest and not standing.arrived:
        yield Fault(
            OLDEST,
            f"control planes have not reached the plan by which key {newest} signs, so pods may have no tokens of it; keep "
            f"{oldest}, run `pulumi up` until it ends, and raise it a day later",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (issuer_is_taken, oldest_is_known, tokens_are_renewed)
}
"""The rules for each kind of section."""
