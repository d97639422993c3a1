"""Rules for the size of user data, which holds all that a configuration adds to a machine."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.choices import Cni
from ..machine.cloud_config import too_long
from ..machine.user_data import control_plane_text, worker_text
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec, WorkerPoolSpec

SMALL = 2048
"""Additions of fewer characters fit in any case. Larger ones are rendered and compressed, which takes some milliseconds."""


def control_plane_data(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The user data of a control plane must fit."""
    if _large(spec) and (message := too_long(control_plane_text(spec))):
        yield Fault("kubeadm", message)


def worker_data(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """The user data of a worker must fit."""
    if _large(spec) and (message := too_long(worker_text(spec))):
        yield Fault("kubeadm", message)


def pool_data(spec: Spec) -> Iterator[Fault]:
    """The user data of a worker of each pool must fit."""
    for pool in spec.workers:
        for fault in worker_data(spec.pool(pool)):
            yield Fault(f"workers.{pool}", fault.message)


def _large(spec: NodeSpec) -> bool:
    # kubenet beside a minor without it is a fault of its own, and has no software to render.
    known = spec.kubernetes.has_kubenet or spec.cluster.cni is not Cni.KUBENET
    return known and len(spec.kubeadm.model_dump_json()) > SMALL


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (control_plane_data,),
    WorkerPoolSpec: (worker_data,),
    Spec: (pool_data,),
}
"""The rules for each kind of section."""
