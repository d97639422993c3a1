"""Rules for people's tokens: that the API server starts with their issuers, and that no token makes a user of Kubernetes itself."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..spec.cluster import ControlPlaneSpec
from ..spec.oidc import OidcIssuerSection

RESERVED = "system:"
"""How the names begin that Kubernetes gives rights to of its own accord, like the group system:masters."""


def issuers_are_taken(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The API server must start with the issuers: with one alone before it reads a file of them."""
    issuers, minor = spec.oidc.issuers, spec.kubernetes
    if not issuers:
        return
    if len(issuers) > 1 and not minor.reads_issuers:
        yield Fault(
            "oidc.issuers",
            f"an API server takes several issuers from 1.30 on, and this is {minor.name}; write one",
        )
    for url, count in Counter(issuer.url for issuer in issuers).items():
        if count > 1:
            yield Fault("oidc.issuers", f"{url} is there {count} times; write it once")
    for index, issuer in enumerate(issuers):
        if len(issuer.required_claims) > 1 and not minor.reads_issuers:
            yield Fault(
                f"oidc.issuers[{index}].requiredClaims",
                f"{len(issuer.required_claims)} claims are asked for, and an API server of {minor.name} is given one; write one, "
                "or have the issuer give such tokens to this client alone",
            )
    for flag in spec.kubeadm.api_server_args:
        if flag.startswith("oidc-") or flag == "authentication-config":
            yield Fault(
                f"kubeadm.apiServerArgs.{flag}",
                "it follows from oidc.issuers while there are any; leave one of the two out",
            )


def prefix_of_groups(issuer: OidcIssuerSection) -> Iterator[Fault]:
    """There is a prefix of groups only where tokens give groups."""
    usual = OidcIssuerSection.model_fields["groups_prefix"].default
    if issuer.groups_claim is None and issuer.groups_prefix != usual:
        yield Fault(
            "groupsPrefix",
            f"{issuer.groups_prefix!r} has no effect: without groupsClaim tokens give no groups; name the claim, or leave it out",
        )


def issuers_are_others(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """An issuer of people's tokens is another one than that of pods' tokens: the API server would ask the wrong one."""
    own = {
        f"https://kubernetes.default.svc.{spec.kubeadm.dns_domain}",
        spec.kubeadm.api_server_args.get("service-account-issuer"),
    }
    for index, issuer in enumerate(spec.oidc.issuers):
        if issuer.url in own:
            yield Fault(
                f"oidc.issuers[{index}].url",
                f"{issuer.url} issues the tokens of this cluster's ServiceAccounts, which its API server takes already; "
                "write the issuer of people's tokens",
            )


def names_are_apart(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """No token may make a user or a group of Kubernetes itself. From 1.30 on the API server looks at each name itself."""
    for index, issuer in enumerate(spec.oidc.issuers):
        for field, prefix in _prefixes(issuer).items():
            at = f"oidc.issuers[{index}].{field}"
            if prefix.startswith(RESERVED):
                yield Fault(
                    at, f"{prefix} begins the names of Kubernetes itself; write another, like oidc:"
                )
            elif RESERVED.startswith(prefix) and not spec.kubernetes.reads_issuers:
                yield Fault(
                    at,
                    f"with {repr(prefix) if prefix else 'none'} a token can make a name that begins with {RESERVED}, and an API "
                    f"server of {spec.kubernetes.name} refuses none; write another, like oidc:",
                )


def _prefixes(issuer: OidcIssuerSection) -> dict[str, str]:
    groups = {"groupsPrefix": issuer.groups_prefix} if issuer.groups_claim else {}
    return {"usernamePrefix": issuer.username_prefix, **groups}


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    OidcIssuerSection: (prefix_of_groups,),
    ControlPlaneSpec: (issuers_are_taken, issuers_are_others, names_are_apart),
}
"""The rules for each kind of section."""
