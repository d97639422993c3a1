"""Rules for kubeadm's settings: modes, domains, certificates and audit policies that the minor has."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.versions import MINORS
from ..spec.audit_policy import EVERY_GROUP, places_of_every_group
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec
from .argument_pairs import PAIR_RULES
from .arguments import ARGUMENT_RULES

ECDSA_GATE = "PublicKeysECDSA"
"""kubeadm's gate for keys of ECDSA-P256. Where it is set, to whichever value, kubeadm reads no algorithm in its document:
https://github.com/kubernetes/kubernetes/blob/v1.31.14/cmd/kubeadm/app/apis/kubeadm/types.go"""


def proxy_mode(spec: NodeSpec) -> Iterator[Fault]:
    """kube-proxy must handle both families in the chosen mode, and no component may warn of that mode."""
    minor, mode = spec.kubernetes, spec.kubeadm.proxy_mode
    if mode is None or mode in minor.proxy_modes:
        return
    since = next((row for row in MINORS.values() if mode in row.proxy_modes), minor)
    reason = (
        f"kube-proxy does both families by {mode} from {since.name} on"
        if minor.minor < since.minor
        else f"{mode} is deprecated since 1.35, and kubeadm warns of it from 1.37"
    )
    yield Fault(
        "kubeadm.proxyMode",
        f"{reason}, and this is {minor.name}; choose {' or '.join(minor.proxy_modes)}, or leave it out",
    )


def dns_domain(spec: NodeSpec) -> Iterator[Fault]:
    """The cluster's DNS answers every name below its domain itself, so names of AWS must not be below it."""
    domain = spec.kubeadm.dns_domain
    names = [f"{spec.region}.compute.internal", "amazonaws.com", "api.aws"]
    with suppress(Unsound):
        if isinstance(spec, Spec) and spec.api.dns_name:
            names.append(spec.api.dns_name)
    for name in names:
        if f".{name}".endswith(f".{domain}"):
            yield Fault(
                "kubeadm.dnsDomain",
                f"{name} is below {domain}, and pods could not look it up; choose another domain, like k8s.example.com",
            )


def key_algorithm(spec: NodeSpec) -> Iterator[Fault]:
    """kubeadm must read the algorithm in this minor, and its gate for ECDSA would replace it."""
    minor, algorithm = spec.kubernetes, spec.kubeadm.key_algorithm
    if algorithm is None:
        return
    path = "kubeadm.keyAlgorithm"
    if not minor.reads_certificate_settings:
        yield Fault(
            path,
            f"kubeadm reads the algorithm of keys since 1.31, and this is {minor.name}; leave it out",
        )
    elif algorithm not in minor.key_algorithms:
        yield Fault(
            path,
            f"kubeadm makes {algorithm} keys since 1.34, and this is {minor.name}; choose among: "
            f"{', '.join(minor.key_algorithms)}",
        )
    elif ECDSA_GATE in spec.kubeadm.feature_gates:
        yield Fault(
            path,
            f"kubeadm passes over it where featureGates has {ECDSA_GATE}; leave the gate out",
        )


def certificate_life(spec: NodeSpec) -> Iterator[Fault]:
    """kubeadm must read the life of certificates in this minor."""
    minor = spec.kubernetes
    if spec.kubeadm.certificate_days is not None and not minor.reads_certificate_settings:
        yield Fault(
            "kubeadm.certificateDays",
            f"kubeadm reads the life of certificates since 1.31, and this is {minor.name}; leave it out",
        )


def audit_policy(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """There is a policy only beside a log, and the API server of the minor must be able to read it."""
    minor, policy = spec.kubernetes, spec.kubeadm.audit_policy
    if policy is None:
        return
    path = "kubeadm.auditPolicy"
    if not spec.kubeadm.audit:
        yield Fault(path, "it has no effect while kubeadm.audit is false; leave one of the two out")
    for place in [] if minor.audits_every_group else places_of_every_group(policy):
        yield Fault(
            path,
            f"{place} is {EVERY_GROUP}, which API servers read from 1.36 on, and this is {minor.name}; name each group",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (
        proxy_mode,
        dns_domain,
        key_algorithm,
        certificate_life,
        *ARGUMENT_RULES,
        *PAIR_RULES,
    ),
    ControlPlaneSpec: (audit_policy,),
}
"""The rules for each kind of section."""
