"""Rules for kubelets: limits that are said twice, and a time for shutting down that does not fit."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec, WorkerPoolSpec
from ..spec.kubelet import FIELD_OF_FLAG, KubeletSection
from ..spec.machines import NodesSection


def shutdown_time(nodes: NodesSection) -> Iterator[Fault]:
    """Critical pods get a part of the whole time: the kubelet refuses a larger one."""
    total, critical = nodes.shutdown_grace_seconds, nodes.shutdown_critical_seconds
    if critical > total > 0:
        yield Fault(
            "shutdownCriticalSeconds",
            f"{critical} is more than shutdownGraceSeconds, {total}, of which it is a part; lower it or raise the other",
        )


def shutdown_minor(spec: NodeSpec) -> Iterator[Fault]:
    """Kubelets before 1.21 end pods without grace, so a time of one's own has no effect."""
    minor, seconds = spec.kubernetes, spec.nodes.shutdown_grace_seconds
    usual = NodesSection.model_fields["shutdown_grace_seconds"].default
    if seconds not in (0, usual) and not minor.ends_pods_gracefully:
        yield Fault(
            "nodes.shutdownGraceSeconds",
            f"{seconds} has no effect: kubelets end pods gracefully from 1.21 on, and this is {minor.name}; leave it out",
        )


def limits_said_twice(spec: ControlPlaneSpec | WorkerPoolSpec) -> Iterator[Fault]:
    """An argument of every kubelet would replace the field of some."""
    if isinstance(spec, Spec):
        yield from _twice("controlPlane", spec.control_plane.kubelet, spec)
        for name, pool in spec.workers.items():
            yield from _twice(f"workers.{name}", pool.kubelet, spec)
    elif isinstance(spec, WorkerPoolSpec):
        yield from _twice("pool", spec.pool.kubelet, spec)
    else:
        yield from _twice("controlPlane", spec.control_plane.kubelet, spec)


def _twice(path: str, kubelet: KubeletSection, spec: NodeSpec) -> Iterator[Fault]:
    for flag in kubelet.limits():
        if flag in spec.kubeadm.kubelet_args:
            yield Fault(
                f"{path}.kubelet.{FIELD_OF_FLAG[flag]}",
                f"kubeadm.kubeletArgs.{flag} says it for every kubelet, and would replace this; keep one of the two",
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodesSection: (shutdown_time,),
    NodeSpec: (shutdown_minor,),
    ControlPlaneSpec: (limits_said_twice,),
    WorkerPoolSpec: (limits_said_twice,),
}
"""The rules for each kind of section."""
