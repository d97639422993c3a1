"""Rules for feature gates, kubeadm's own and those of components: that they are known, and that no gate is off on which a setting relies."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import nearest, path_of, shown
from ..facts.argument_checks import FALSE, TRUE, words
from ..facts.choices import CloudProvider, KubeletCertificates
from ..facts.component_flags import ARGUMENT_FIELDS, flag_of
from ..facts.feature_gates import gate_of, gates_of
from ..facts.versions import DUAL_STACK_GATE, LEARNER_GATE, NEWEST, Minor, NodeIp
from ..spec.cluster import ControlPlaneSpec, NodeSpec
from .arguments import given_arguments
from .kubeadm import ECDSA_GATE

CLOUD_GATE = "CloudDualStackNodeIPs"
"""The gate for two `node-ip` addresses beside a cloud provider: alpha in 1.27, on in 1.29, locked in 1.30, removed in 1.32."""

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

ALL_ALPHA, ALL_BETA = "AllAlpha", "AllBeta"
"""The names that stand for every alpha or beta gate that is not named itself."""

GATE = re.compile(
    rf"(?P<owner>kube:)?(?P<name>[A-Za-z][A-Za-z0-9]*)\s*=\s*(?P<on>{'|'.join((*TRUE, *FALSE))})"
)
"""A gate as components read it. The name of its component may be before it, where they can emulate an earlier minor."""

EMULATED = "emulated-version"
"""The argument of components that have gates by component: they read both in `ComponentGlobalsRegistry.AddFlags`. kubelets do not.
https://github.com/kubernetes/component-base/blob/v0.36.5/compatibility/registry.go"""


@dataclass(frozen=True, slots=True)
class Reliance:
    """A gate on which a setting relies. Without it the component would do less than the setting says, or not start."""

    gate: str
    beta: tuple[int, int]
    """The first and the last minor in which it is beta, and on. Later it cannot be turned off."""
    effect: str
    """What the component does without it."""
    asked: Callable[[NodeSpec], bool] = lambda _: True
    """Whether a configuration has that setting."""


def _has_pair_beside_cloud(spec: NodeSpec) -> bool:
    provider, minor = spec.cluster.cloud_provider, spec.kubernetes
    return provider is CloudProvider.EXTERNAL and minor.node_ip(provider) is NodeIp.PAIR


def _reads_issuers(spec: NodeSpec) -> bool:
    return isinstance(spec, ControlPlaneSpec) and bool(spec.oidc.issuers)


def _admits_by_level(spec: NodeSpec) -> bool:
    return isinstance(spec, ControlPlaneSpec) and spec.pod_security.chosen


def _ends_keys(spec: NodeSpec) -> bool:
    return isinstance(spec, ControlPlaneSpec) and spec.service_account_issuer.ends_keys


def _signs_kubelets(spec: NodeSpec) -> bool:
    return (
        isinstance(spec, ControlPlaneSpec)
        and spec.kubelet_certificates is not KubeletCertificates.SELF_SIGNED
    )


def _waits_for_pods(spec: NodeSpec) -> bool:
    return spec.nodes.shutdown_grace_seconds > 0


_DUAL_STACK = Reliance(DUAL_STACK_GATE, (21, 22), "has one family alone")

RELIANCES: Mapping[str, tuple[Reliance, ...]] = {
    "apiServerArgs": (
        _DUAL_STACK,
        Reliance(
            "StructuredAuthenticationConfiguration",
            (30, 33),
            "does not start with oidc.issuers",
            _reads_issuers,
        ),
        Reliance("PodSecurity", (23, 24), "refuses no pod for podSecurity", _admits_by_level),
        Reliance(
            "BoundServiceAccountTokenVolume",
            (21, 21),
            "gives pods tokens that nothing renews, and serviceAccountIssuer.oldestKey ends them",
            _ends_keys,
        ),
    ),
    "controllerManagerArgs": (_DUAL_STACK,),
    "kubeletArgs": (
        _DUAL_STACK,
        Reliance(CLOUD_GATE, (29, 29), "refuses two addresses", _has_pair_beside_cloud),
        Reliance(
            "RotateKubeletServerCertificate",
            (19, NEWEST),
            "does not start with what kubeadm.kubeletCertificates says",
            _signs_kubelets,
        ),
        Reliance(
            "GracefulNodeShutdown",
            (21, NEWEST),
            "does not start with nodes.shutdownGraceSeconds",
            _waits_for_pods,
        ),
        Reliance(
            "SeccompDefault",
            (25, 26),
            "does not start with seccompDefault, which is written for it",
        ),
    ),
}
"""The gates that are on by default, and on which what is written for a component relies. Read in the source of each minor:
https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go
https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/apis/config/validation/validation.go"""


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
    """Components must know their gates and what they say, and those of dual-stack are not among them: this program sets them."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        gates = given_gates(arguments.get("feature-gates", ""))
        path = f"kubeadm.{field}.feature-gates"
        if DUAL_STACK_GATE in gates:
            yield Fault(path, _own_gate(minor, known=minor.components_know_gate))
        for name, on in gates.items():
            # etcd has gates of its own.
            refusal = (
                name != DUAL_STACK_GATE and field != "etcdArgs" and _refusal(name, minor, on=on)
            )
            if refusal:
                yield Fault(path, refusal)
        for part in words(arguments.get("feature-gates", "")):
            found = GATE.fullmatch(part)
            if not found:
                yield Fault(
                    path,
                    f"{shown(part)} is no gate with an answer; write a name with =true or =false, and commas between gates",
                )
            elif found["owner"] and not _by_component(field, minor):
                yield Fault(
                    path,
                    f"{ARGUMENT_FIELDS[field]} of {minor.name} reads no component before the name of a gate; write "
                    f"{part.removeprefix(found['owner'])}",
                )


def relied_on(spec: NodeSpec) -> Iterator[Fault]:
    """No gate may be off on which a setting relies, by its own name or with all beta gates."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        gates = given_gates(arguments.get("feature-gates", ""))
        for reliance in RELIANCES.get(field, ()):
            gate, (first, last) = reliance.gate, reliance.beta
            if minor.minor < first or not reliance.asked(spec):
                continue
            if _is_locked(gate, minor):
                continue
            # Of the gate of dual-stack every word is refused above.
            named = gates.get(gate) is False and gate != DUAL_STACK_GATE
            swept = gate not in gates and gates.get(ALL_BETA) is False and minor.minor <= last
            if named or swept:
                without = (
                    f"without {gate} {ARGUMENT_FIELDS[field]} of {minor.name} {reliance.effect}"
                )
                besides = f"leave {ALL_BETA} out, or write {gate}=true beside it"
                cure = "leave it out" if named else besides
                if gate == DUAL_STACK_GATE:
                    cure = f"leave {ALL_BETA} out"
                yield Fault(f"kubeadm.{field}.feature-gates", f"{without}; {cure}")


def _by_component(field: str, minor: Minor) -> bool:
    """Whether the name of a component may be before that of a gate."""
    flag = flag_of(field, EMULATED)
    return flag is not None and minor.minor in flag.minors


def _refusal(name: str, minor: Minor, *, on: bool) -> str | None:
    """Why the components of a minor would not start with a gate; None if they would."""
    gate = gate_of(name)
    if gate is None:
        near = nearest(name, gates_of(minor.minor))
        advice = f"did you mean {near}?" if near else "leave it out"
        return f"{name} is a gate of no minor, and components do not start with one that they do not know; {advice}"
    if gate.minors.last is not None and minor.minor > gate.minors.last:
        return f"{name} ended with 1.{gate.minors.last}, and this is {minor.name}; leave it out"
    if minor.minor < gate.minors.first:
        return f"{name} begins with 1.{gate.minors.first}, and this is {minor.name}; leave it out"
    if _is_locked(name, minor) and on is not gate.value:
        locked = "on" if gate.value else "off"
        return f"{name} is always {locked} since 1.{gate.locked}, and components of {minor.name} do not start with another answer; leave it out"
    return None


def _is_locked(name: str, minor: Minor) -> bool:
    """Whether a gate has only one answer in a minor."""
    gate = gate_of(name)
    return gate is not None and gate.locked is not None and minor.minor >= gate.locked


def given_gates(argument: str) -> dict[str, bool]:
    """The gates in an argument, and whether each is on. What is no gate is reported on its own."""
    found = filter(None, map(GATE.fullmatch, words(argument)))
    return {gate["name"]: gate["on"] in TRUE for gate in found}


def _own_gate(minor: Minor, *, known: bool) -> str:
    """The message against setting the dual-stack gate, with the reason in this minor."""
    if minor.writes_gate:
        return f"{DUAL_STACK_GATE} is written for you in {minor.name}, wherever it belongs; leave it out"
    if known:
        return f"{DUAL_STACK_GATE} is on by default in {minor.name}, and off it would end dual-stack; leave it out"
    return f"{DUAL_STACK_GATE} is unknown in {minor.name}, and its name alone stops the start; leave it out"


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (kubeadm_gates, component_gates, relied_on),
}
"""The rules for each kind of section."""
