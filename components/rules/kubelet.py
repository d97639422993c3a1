"""Rules for kubelets: limits that are said twice, and a time for shutting down that does not fit."""

import re
from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.argument_checks import words
from ..facts.choices import ImageFamily
from ..facts.kubernetes_folder import RESOLVER, STUB
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec, WorkerPoolSpec
from ..spec.kubelet import FIELD_OF_FLAG, KubeletSection
from ..spec.machines import NodesSection
from .patches import kubelet_patches_name


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


def stub_resolver(spec: NodeSpec) -> Iterator[Fault]:
    """Pods that ask as their node does, CoreDNS among them, ask no stub: CoreDNS would get its own questions."""
    ubuntu = spec.nodes.family is ImageFamily.UBUNTU
    if ubuntu and spec.kubeadm.kubelet_args.get("resolv-conf") == STUB:
        yield Fault(
            "kubeadm.kubeletArgs.resolv-conf",
            f"{STUB} of Ubuntu names the stub of systemd-resolved, and CoreDNS would ask itself; leave it out, and kubeadm gives "
            f"the kubelet {RESOLVER}",
        )


def kubelets_of(spec: ControlPlaneSpec | WorkerPoolSpec) -> dict[str, KubeletSection]:
    """The limits of the kubelets of each section of a configuration, by its place."""
    if isinstance(spec, WorkerPoolSpec):
        return {"pool": spec.pool.kubelet}
    sections = {"controlPlane": spec.control_plane.kubelet}
    if isinstance(spec, Spec):
        sections |= {f"workers.{name}": pool.kubelet for name, pool in spec.workers.items()}
    return sections


def limits_said_twice(spec: ControlPlaneSpec | WorkerPoolSpec) -> Iterator[Fault]:
    """An argument of every kubelet would replace the field of some."""
    for place, kubelet in kubelets_of(spec).items():
        for flag in kubelet.limits():
            if flag in spec.kubeadm.kubelet_args:
                yield Fault(
                    f"{place}.kubelet.{FIELD_OF_FLAG[flag]}",
                    f"kubeadm.kubeletArgs.{flag} says it for every kubelet, and would replace this; keep one of the two",
                )


def reserved_cpu(spec: ControlPlaneSpec | WorkerPoolSpec) -> Iterator[Fault]:
    """Where pods have processors of their own, some must be kept from them. Without such arguments each machine keeps some."""
    arguments, path = spec.kubeadm.kubelet_args, "kubeadm.kubeletArgs"
    chosen = arguments.get("reserved-cpus") or kubelet_patches_name(
        spec, "systemReserved", "reservedSystemCPUs"
    )
    if arguments.get("cpu-manager-policy") != "static" or chosen:
        return
    for place, kubelet in kubelets_of(spec).items():
        # A machine writes its own number where kubeReserved has none.
        own = {"kube-reserved": {"cpu": "70m"} | kubelet.kube_reserved}
        own["system-reserved"] = {**kubelet.system_reserved}
        if not any(_has_cpu(arguments.get(flag), own[flag]) for flag in own):
            at = next((f"{path}.{flag}" for flag in own if flag in arguments), "")
            yield Fault(
                at or f"{place}.kubelet.kubeReserved.cpu",
                f"it keeps no cpu from pods, and the kubelet of {spec.kubernetes.name} does not start so with "
                "cpu-manager-policy static; write one, like cpu=500m",
            )


def _has_cpu(argument: str | None, own: Mapping[str, str]) -> bool:
    """Whether some cpu is reserved: by the argument, which replaces the field, or by the field."""
    given = (
        own
        if argument is None
        else dict(word.split("=", 1) for word in words(argument) if "=" in word)
    )
    return re.fullmatch(r"[0.]*m?", given.get("cpu", "")) is None


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodesSection: (shutdown_time,),
    NodeSpec: (shutdown_minor, stub_resolver),
    ControlPlaneSpec: (limits_said_twice, reserved_cpu),
    WorkerPoolSpec: (limits_said_twice, reserved_cpu),
}
"""The rules for each kind of section."""
