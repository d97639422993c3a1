"""Rules for numbers that must fit together, each said in another place: pods and addresses, times, and sizes of disks."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import cast

import yaml

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..config.wording import path_of, short
from ..facts.argument_checks import is_true, seconds
from ..facts.argument_kinds import amount, pairs_of
from ..facts.choices import Cni
from ..facts.eviction_thresholds import USUAL_THRESHOLDS
from ..facts.families import Family
from ..spec.cluster import ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from ..spec.kubelet import USUAL_PODS
from .addresses import LEAST_PODS, mask_path
from .kubelet import kubelets_of
from .patches import kubelet_patches_name

OWN_ALLOCATOR = (Cni.CALICO, Cni.NONE)
"""Plugins that need not give pods addresses of the node's share: Calico has its own blocks, an unknown one may have."""

MIB, GIB = 1024**2, 1024**3


def whole(value: str) -> int | None:
    """A number as a component reads it; None for another text."""
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) else None


def pods_and_addresses(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A node must not run more pods than its share of a pod range has addresses: the others would wait for one forever."""
    for path, given in _most_pods(spec).items():
        if not path:
            continue
        pods = whole(given)
        if pods is None:
            yield Fault(
                path, f"{short(given)} is not a number of pods; write one, like {USUAL_PODS}"
            )
        elif spec.cluster.cni not in OWN_ALLOCATOR:
            yield from _addresses_for(spec, path, pods)


def usual_pods_and_addresses(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A warning if the kubelet's default, which nobody chose, exceeds that share. The cluster works until a node is so full."""
    if "" in _most_pods(spec) and spec.cluster.cni not in OWN_ALLOCATOR:
        yield from _addresses_for(spec, "", USUAL_PODS)


def _addresses_for(spec: ControlPlaneSpec, path: str, pods: int) -> Iterator[Fault]:
    minor = spec.kubernetes
    for family in Family:
        with suppress(Unsound):
            mask, pod_range = spec.node_mask(family), spec.pod_range(family)
            room = 2 ** (pod_range.max_prefixlen - mask) - 2
            # A range that is too small is a fault of its own.
            sound = (
                pod_range.prefixlen <= mask
                and pod_range.num_addresses >= LEAST_PODS[minor.kubeadm_checks_sizes]
            )
            if sound and pods > room:
                share = mask_path(minor, family)
                place = path or share
                cure = "lower it" if path else "lower max-pods in kubeadm.kubeletArgs"
                yield Fault(
                    place,
                    f"a kubelet runs up to {pods} pods, and a node's share of {pod_range}, a /{mask}, has {max(room, 0)} "
                    f"addresses for them; {cure}, or write a shorter {share}",
                )


def _most_pods(spec: ControlPlaneSpec) -> dict[str, str]:
    """How many pods kubelets run, by the place that says it. The place is empty for the kubelet's default."""
    kubeadm = spec.kubeadm
    if "max-pods" in kubeadm.kubelet_args:
        return {"kubeadm.kubeletArgs.max-pods": kubeadm.kubelet_args["max-pods"]}
    unset, pods = _patched_pods(kubeadm.patches)
    # A section's number is a flag, which the kubelet prefers to the file that patches change.
    return {
        f"{place}.kubelet.maxPods" if kubelet.max_pods else unset: str(kubelet.max_pods or pods)
        for place, kubelet in kubelets_of(spec).items()
    }


def _patched_pods(patches: Mapping[str, str]) -> tuple[str, str]:
    """How many pods a kubelet runs without a flag, and the patch that says it. kubeadm applies patches by their names: the last counts."""
    said = [
        (path_of(("kubeadm", "patches", name)), value)
        for name in sorted(patches)
        if name.startswith("kubeletconfiguration")
        for document in yaml.safe_load_all(patches[name])
        for value in _patched(document)
    ]
    place, pods = said[-1] if said else ("", None)
    return ("", str(USUAL_PODS)) if pods is None else (place, str(pods))


def _patched(document: object) -> Iterator[object]:
    """What a patch of either form says of maxPods. None takes the number away."""
    if isinstance(document, dict):
        fields = cast("Mapping[str, object]", document)
        if "maxPods" in fields:
            yield fields["maxPods"]
    operations = cast("list[object]", document) if isinstance(document, list) else []
    for operation in operations:
        if isinstance(operation, dict):
            fields = cast("Mapping[str, object]", operation)
            if fields.get("path") == "/maxPods" and fields.get("op") != "test":
                yield fields.get("value")


def leader_times(spec: NodeSpec) -> Iterator[Fault]:
    """A lease must last longer than its renewal may take, and a renewal longer than a retry: a component exits otherwise."""
    kubeadm = spec.kubeadm
    for field, arguments in (
        ("controllerManagerArgs", kubeadm.controller_manager_args),
        ("schedulerArgs", kubeadm.scheduler_args),
    ):
        lease, renew, retry = (
            _time(arguments, f"leader-elect-{name}", default)
            for name, default in (
                ("lease-duration", "15s"),
                ("renew-deadline", "10s"),
                ("retry-period", "2s"),
            )
        )
        given = next((flag for flag, _, own in (lease, renew, retry) if own), None)
        # https://github.com/kubernetes/client-go/blob/v0.37.2/tools/leaderelection/leaderelection.go (JitterFactor)
        if given and retry[1] <= 0:
            yield Fault(
                f"kubeadm.{field}.leader-elect-retry-period",
                f"is {retry[1]:g} s, and a component waits between two tries; write 2s",
            )
        elif given and not (lease[1] > renew[1] > 1.2 * retry[1]):
            yield Fault(
                f"kubeadm.{field}.{given}",
                f"the lease of {lease[1]:g} s must be longer than the renewal's {renew[1]:g} s, and that longer than 1.2 times "
                f"the {retry[1]:g} s between tries, in {spec.kubernetes.name}; change one of the three",
            )


def node_times(spec: NodeSpec) -> Iterator[Fault]:
    """A node must report more often than the controller manager waits for it, or healthy nodes lose their pods."""
    flag, grace, given = _time(
        spec.kubeadm.controller_manager_args, "node-monitor-grace-period", "40s"
    )
    other, report, often = _time(spec.kubeadm.kubelet_args, "node-status-update-frequency", "10s")
    if (given or often) and grace < 2 * report:
        path = f"controllerManagerArgs.{flag}" if given else f"kubeletArgs.{other}"
        yield Fault(
            f"kubeadm.{path}",
            f"a node reports every {report:g} s, and is taken for lost after {grace:g} s, in {spec.kubernetes.name}; "
            "let it report at least twice in that time",
        )


def member_times(spec: NodeSpec) -> Iterator[Fault]:
    """etcd does not start unless an election takes at least five heartbeats, and at most 50 seconds."""
    arguments = spec.kubeadm.etcd_args
    beat, election = (
        _number(arguments, "heartbeat-interval", 100),
        _number(arguments, "election-timeout", 1000),
    )
    if (
        beat is None
        or election is None
        or not {"heartbeat-interval", "election-timeout"} & {*arguments}
    ):
        return
    if election < 5 * beat or election > 50000:
        flag = "election-timeout" if "election-timeout" in arguments else "heartbeat-interval"
        yield Fault(
            f"kubeadm.etcdArgs.{flag}",
            f"an election of {election} ms must take at least 5 heartbeats of {beat} ms, and at most 50000 ms; change one of both",
        )


def image_thresholds(spec: NodeSpec) -> Iterator[Fault]:
    """The kubelet must begin to remove images above the threshold at which it ends."""
    arguments = spec.kubeadm.kubelet_args
    high, low = (
        _number(arguments, "image-gc-high-threshold", 85),
        _number(arguments, "image-gc-low-threshold", 80),
    )
    given = next((flag for flag in arguments if flag.startswith("image-gc-")), None)
    if given and high is not None and low is not None and low >= high:
        yield Fault(
            f"kubeadm.kubeletArgs.{given}",
            f"images are removed from {high} % of the disk down to {low} %, and the kubelet of {spec.kubernetes.name} "
            "does not start unless the second is lower; change one of both",
        )


def reserved_memory(spec: ControlPlaneSpec | WorkerPoolSpec) -> Iterator[Fault]:
    """What NUMA nodes keep from pods is what the kubelet keeps from them otherwise: one with pinned memory does not start else.

    https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/cm/memorymanager/memory_manager.go (validateReservedMemory)
    """
    arguments, path = spec.kubeadm.kubelet_args, "kubeadm.kubeletArgs.reserved-memory"
    given = [
        amount(text)
        for node in arguments.get("reserved-memory", "").split(";")
        for name, text in pairs_of(node.partition(":")[2])
        if name == "memory"
    ]
    if arguments.get("memory-manager-policy") != "Static" or not given or None in given:
        return
    if kubelet_patches_name(spec, "kubeReserved", "systemReserved", "evictionHard", "Reserved"):
        return
    for place, kubelet in kubelets_of(spec).items():
        kube = _memory(arguments.get("kube-reserved"), {**kubelet.kube_reserved}, None)
        if kube is None:
            yield Fault(
                f"{place}.kubelet.kubeReserved.memory",
                "missing: a machine computes it from its own size, and kubeadm.kubeletArgs.reserved-memory must hold exactly as "
                "much; write it, like 500Mi",
            )
            continue
        system = _memory(arguments.get("system-reserved"), {**kubelet.system_reserved}, "0")
        evicted = _memory(
            _thresholds(arguments), {**USUAL_THRESHOLDS, **kubelet.eviction_hard}, None
        )
        parts = [amount(each or "") for each in (kube, system, evicted)]
        kept = sum(filter(None, parts))
        # A share depends on the machine.
        if None not in parts and kept != sum(filter(None, given)):
            exact = f"{kept / MIB}Mi" if kept % MIB == 0 else f"{kept}"
            yield Fault(
                path,
                f"it must be what the kubelets of {place} keep from pods, exactly: {kube} of kubeReserved, {system} of "
                f"systemReserved and {evicted} at which they evict; write {exact} in all",
            )


def _memory(argument: str | None, own: Mapping[str, str], default: str | None) -> str | None:
    """What is said of memory: by the argument, which replaces the field, by the field, or by default."""
    if argument is None:
        return own.get("memory", own.get("memory.available", default))
    said = dict(pairs_of(argument.replace("<", "=")))
    return said.get("memory", said.get("memory.available", "0"))


def _thresholds(arguments: Mapping[str, str]) -> str | None:
    """The thresholds that count: none where the kubelet passes them over."""
    ignored = is_true(arguments.get("experimental-allocatable-ignore-eviction", "false"))
    return "" if ignored else arguments.get("eviction-hard")


def disk_sizes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """What etcd and the audit log may hold must fit on a control plane's disk."""
    disk = spec.control_plane.disk_gib
    quota = _number(spec.kubeadm.etcd_args, "quota-backend-bytes", 0)
    if quota is not None and quota * 2 > disk * GIB:
        yield Fault(
            "kubeadm.etcdArgs.quota-backend-bytes",
            f"{quota} bytes and as many for defragmentation do not fit on the disk of {disk} GiB; "
            "lower it, or raise controlPlane.diskGib",
        )
    arguments = spec.kubeadm.api_server_args
    size, files = (
        _number(arguments, "audit-log-maxsize", 100),
        _number(arguments, "audit-log-maxbackup", 10),
    )
    given = next(
        (flag for flag in arguments if flag in {"audit-log-maxsize", "audit-log-maxbackup"}), None
    )
    if given and size and files is not None and size * (files + 1) > disk * 1024 / 2:
        yield Fault(
            f"kubeadm.apiServerArgs.{given}",
            f"{files + 1} logs of {size} MB take more than half of the disk of {disk} GiB, which etcd needs; "
            "lower one of both, or raise controlPlane.diskGib",
        )


def _time(arguments: Mapping[str, str], flag: str, default: str) -> tuple[str, float, bool]:
    """A flag, its time or the default, and whether it is given. A text that is no time raises `Unsound`."""
    found = seconds(arguments.get(flag, default))
    if found is None:
        raise Unsound(flag)
    return flag, found, flag in arguments


def _number(arguments: Mapping[str, str], flag: str, default: int) -> int | None:
    return whole(arguments[flag]) if flag in arguments else default


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    NodeSpec: (leader_times, node_times, member_times, image_thresholds),
    ControlPlaneSpec: (pods_and_addresses, reserved_memory, disk_sizes),
    WorkerPoolSpec: (reserved_memory,),
}
"""The rules for each kind of section."""
