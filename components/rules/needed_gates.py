"""Rules for feature gates that need others: with one on and the other off no component starts."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.component_flags import ARGUMENT_FIELDS
from ..facts.gate_dependencies import GateState, states_in
from ..spec.cluster import NodeSpec
from .arguments import given_arguments
from .gates import ALL_ALPHA, ALL_BETA, EMULATED, given_gates
from .patches import kubelet_patches_name


def needed_gates(spec: NodeSpec) -> Iterator[Fault]:
    """What a gate needs that is on is on too. A component that emulates another minor, and a patch, are not looked into."""
    minor = spec.kubernetes
    states = states_in(minor.minor)
    for field, arguments in given_arguments(spec.kubeadm):
        gates = given_gates(arguments.get("feature-gates", ""))
        patched = field == "kubeletArgs" and kubelet_patches_name(spec, "featureGates")
        if not gates or field == "etcdArgs" or EMULATED in arguments or patched:
            continue
        for name, state in states.items():
            lacking = [need for need in state.needs if not _is_on(need, states[need], gates)]
            if lacking and _is_on(name, state, gates):
                cure = ",".join([f"{need}=true" for need in lacking])
                yield Fault(
                    f"kubeadm.{field}.feature-gates",
                    f"{name} is on and needs {' and '.join(lacking)}, and {ARGUMENT_FIELDS[field]} of {minor.name} does not start "
                    f"with that off; write {cure} too, or {name}=false",
                )


def _is_on(name: str, state: GateState, gates: Mapping[str, bool]) -> bool:
    """Whether a gate is on: by its own name, with all of its stage, or by default."""
    swept = {"alpha": ALL_ALPHA, "beta": ALL_BETA}.get(state.stage, "")
    return gates.get(name, gates.get(swept, state.on))


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {NodeSpec: (needed_gates,)}
"""The rules for each kind of section."""
