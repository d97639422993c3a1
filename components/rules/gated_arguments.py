"""Rules for arguments that a component takes only with a gate."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.argument_checks import is_true, seconds
from ..facts.argument_kinds import pairs_of
from ..facts.component_flags import ARGUMENT_FIELDS
from ..facts.minors import Minors
from ..spec.cluster import NodeSpec
from .arguments import given_arguments
from .gates import ALL_ALPHA, given_gates
from .patches import kubelet_patches_name


@dataclass(frozen=True, slots=True)
class Gated:
    """An argument that a component takes only with a gate, which is off by default."""

    field: str
    flag: str
    gate: str
    minors: Minors
    """Those whose component does not start with it otherwise."""
    asks: Callable[[str], bool] = lambda _: True
    """Whether a value needs the gate."""


def _chooses(option: str) -> Callable[[str], bool]:
    """Whether the options of a policy have one."""
    return lambda value: option in {name for name, _ in pairs_of(value)}


_CPU_OPTIONS, _TOPOLOGY_OPTIONS = "cpu-manager-policy-options", "topology-manager-policy-options"

GATED = (
    Gated("kubeletArgs", "seccomp-default", "SeccompDefault", Minors(22, 24), is_true),
    Gated(
        *("kubeletArgs", "cpu-cfs-quota-period", "CustomCPUCFSQuotaPeriod", Minors(16, 35)),
        lambda value: seconds(value) not in (None, 0.1),
    ),
    Gated("kubeletArgs", _CPU_OPTIONS, "CPUManagerPolicyOptions", Minors(22, 22)),
    *(
        Gated("kubeletArgs", _CPU_OPTIONS, "CPUManagerPolicyAlphaOptions", alpha, _chooses(option))
        for option, alpha in {
            "distribute-cpus-across-numa": Minors(23, 32),
            "align-by-socket": Minors(25),
            "distribute-cpus-across-cores": Minors(31),
            "strict-cpu-reservation": Minors(32, 32),
            "prefer-align-cpus-by-uncorecache": Minors(32, 33),
        }.items()
    ),
    Gated("kubeletArgs", _TOPOLOGY_OPTIONS, "TopologyManagerPolicyOptions", Minors(26, 27)),
    Gated(
        *("kubeletArgs", _TOPOLOGY_OPTIONS, "TopologyManagerPolicyAlphaOptions", Minors(26, 27)),
        _chooses("prefer-closest-numa-nodes"),
    ),
    *(
        Gated("apiServerArgs", flag, "UnknownVersionInteroperabilityProxy", Minors(28, 35))
        for flag in ("peer-advertise-ip", "peer-advertise-port", "peer-ca-file")
    ),
    Gated("apiServerArgs", "requestheader-uid-headers", "RemoteRequestHeaderUID", Minors(32, 32)),
)
"""https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/apis/config/validation/validation.go
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/cm/cpumanager/policy_options.go and its neighbours
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/controlplane/apiserver/options/validation.go"""


def gated_arguments(spec: NodeSpec) -> Iterator[Fault]:
    """A component has the gates that its arguments need: by name, with all alpha gates, or in a patch, which is not looked into."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        gates = given_gates(arguments.get("feature-gates", ""))
        for gated in GATED:
            value = arguments.get(gated.flag) if gated.field == field else None
            on = gates.get(gated.gate, gates.get(ALL_ALPHA, False))
            if value is None or minor.minor not in gated.minors or on or not gated.asks(value):
                continue
            patched = field == "kubeletArgs" and kubelet_patches_name(spec, gated.gate, ALL_ALPHA)
            if not patched:
                yield Fault(
                    f"kubeadm.{field}.{gated.flag}",
                    f"{ARGUMENT_FIELDS[field]} of {minor.name} does not start with it without a gate that is off; write "
                    f"{gated.gate}=true into feature-gates, or leave it out",
                )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {NodeSpec: (gated_arguments,)}
"""The rules for each kind of section."""
