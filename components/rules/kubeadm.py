"""Rules for kubeadm's settings: gates, modes and patches that the minor has, and that this program does not write itself."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..config.wording import path_of
from ..facts.choices import CloudProvider
from ..facts.versions import DUAL_STACK_GATE, LEARNER_GATE, MINORS, NEWEST, Minor, NodeIp
from ..spec.cluster import NodeSpec, Spec
from .arguments import ARGUMENT_RULES, given_arguments

CLOUD_GATE = "CloudDualStackNodeIPs"
"""The gate for two `node-ip` addresses beside a cloud provider: alpha in 1.27, on in 1.29, locked in 1.30, removed in 1.32."""

ECDSA_GATE = "PublicKeysECDSA"
"""kubeadm's gate for keys of ECDSA-P256. Where it is set, to whichever value, kubeadm reads no algorithm in its document:
https://github.com/kubernetes/kubernetes/blob/v1.31.14/cmd/kubeadm/app/apis/kubeadm/types.go"""

KUBEADM_GATES: Mapping[str, tuple[int, int]] = {
    "CoreDNS": (16, 17),
    "ControlPlaneKubeletLocalMode": (31, 35),
    LEARNER_GATE: (27, 32),
    "NodeLocalCRISocket": (32, 36),
    ECDSA_GATE: (18, 36),
    "RootlessControlPlane": (22, NEWEST),
    "UnversionedKubeletConfigMap": (23, 25),
    "UpgradeAddonsBeforeControlPlane": (28, 30),
    "WaitForAllControlPlaneComponents": (30, 34),
}
"""The first and the last minor whose kubeadm knows each gate (run, and read in its source). kubeadm refuses any other name."""

PATCH_TARGETS: Mapping[str, int] = {
    "kube-apiserver": 22,
    "kube-controller-manager": 22,
    "kube-scheduler": 22,
    "etcd": 22,
    "kubeletconfiguration": 25,
    "corednsdeployment": 31,
    "kubeproxydaemonset": 37,
}
"""The first minor whose kubeadm can patch each target (read in its source). It ignores files for other targets without an error."""

PATCH_NAME = re.compile(
    rf"(?P<target>{'|'.join(PATCH_TARGETS)})[^.+/\n]*(\+(json|merge|strategic))?\.(json|yaml)"
)
"""The form of a patch file's name: target, any suffix, type of patch, format."""


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


def kubeadm_gates(spec: NodeSpec) -> Iterator[Fault]:
    """The minor's kubeadm must know each gate that is set for it, or it exits. This program sets the dual-stack gate itself."""
    minor = spec.kubernetes
    known = [gate for gate, (first, last) in KUBEADM_GATES.items() if first <= minor.minor <= last]
    for gate in spec.kubeadm.feature_gates:
        path = path_of(("kubeadm", "featureGates", gate))
        if gate == DUAL_STACK_GATE:
            yield Fault(path, _own_gate(minor, known=minor.kubeadm_knows_gate))
        elif gate not in known:
            first, last = KUBEADM_GATES.get(gate, (0, 0))
            life = (
                f"it knew it from 1.{first} to 1.{last}"
                if first
                else "a component's gate goes into its feature-gates argument"
            )
            listed = ", ".join(known) or "none"
            yield Fault(
                path,
                f"kubeadm of {minor.name} has no such gate ({life}); leave it out, or choose among: {listed}",
            )


def component_gates(spec: NodeSpec) -> Iterator[Fault]:
    """Components' feature gates must not contain those of dual-stack: this program sets them, so a user could only turn them off."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        gates = _gates(arguments.get("feature-gates", ""))
        path = f"kubeadm.{field}.feature-gates"
        if DUAL_STACK_GATE in gates:
            yield Fault(path, _own_gate(minor, known=minor.components_know_gate))
        if CLOUD_GATE in gates and minor.minor >= 32:
            yield Fault(
                path, f"{CLOUD_GATE} ended with 1.31, and this is {minor.name}; leave it out"
            )
        elif gates.get(CLOUD_GATE) == "false" and _has_pair_beside_cloud(spec, minor):
            yield Fault(
                path,
                f"without {CLOUD_GATE} the kubelet of {minor.name} refuses two addresses; leave it out",
            )


def patches(spec: NodeSpec) -> Iterator[Fault]:
    """Patches need 1.22 or later and a name with a target that the minor patches: kubeadm ignores other files."""
    minor = spec.kubernetes
    if not spec.kubeadm.patches:
        return
    if not minor.reads_patches:
        yield Fault(
            "kubeadm.patches",
            f"kubeadm reads patches from its configuration since 1.22, and this is {minor.name}; leave them out",
        )
        return
    targets = [target for target, first in PATCH_TARGETS.items() if first <= minor.minor]
    for name in spec.kubeadm.patches:
        found = PATCH_NAME.fullmatch(name)
        if found is None or found["target"] not in targets:
            yield Fault(
                path_of(("kubeadm", "patches", name)),
                f"kubeadm of {minor.name} would pass over this file; name it by its target and type, like "
                f"kube-apiserver0+merge.yaml; targets: {', '.join(targets)}",
            )


def _gates(argument: str) -> dict[str, str]:
    parts = (part.partition("=") for part in argument.split(","))
    return {gate.strip(): value.strip().lower() for gate, _, value in parts}


def _own_gate(minor: Minor, *, known: bool) -> str:
    """The message against setting the dual-stack gate, with the reason in this minor."""
    if minor.writes_gate:
        return f"{DUAL_STACK_GATE} is written for you in {minor.name}, wherever it belongs; leave it out"
    if known:
        return f"{DUAL_STACK_GATE} is on by default in {minor.name}, and off it would end dual-stack; leave it out"
    return f"{DUAL_STACK_GATE} is unknown in {minor.name}, and its name alone stops the start; leave it out"


def _has_pair_beside_cloud(spec: NodeSpec, minor: Minor) -> bool:
    provider = spec.cluster.cloud_provider
    return provider is CloudProvider.EXTERNAL and minor.node_ip(provider) is NodeIp.PAIR


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (
        proxy_mode,
        dns_domain,
        key_algorithm,
        certificate_life,
        kubeadm_gates,
        component_gates,
        *ARGUMENT_RULES,
        patches,
    ),
}
"""The rules for each kind of section."""
