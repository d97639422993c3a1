"""Rules for the size of user data, which holds all that a configuration adds to a machine."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..machine.added_files import additions
from ..machine.cloud_config import too_long
from ..machine.user_data import control_plane_text, worker_text
from ..spec.additions import Additions
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec, WorkerPoolSpec
from .additions import renders

SMALL = 2048
"""Additions to kubeadm of fewer characters fit in any case. Larger ones are rendered and compressed, which takes some milliseconds."""


def control_plane_data(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The user data of a control plane must fit."""
    if _large(spec) and (message := too_long(control_plane_text(spec))):
        yield Fault(_largest(spec), message)


def worker_data(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """The user data of a worker must fit."""
    if _large(spec) and (message := too_long(worker_text(spec))):
        largest = _largest(spec)
        # A pool that is used alone has no name in its arguments.
        yield Fault("pool" if largest.startswith("workers.") else largest, message)


def pool_data(spec: Spec) -> Iterator[Fault]:
    """The user data of a worker of each pool must fit."""
    for pool in spec.workers:
        for fault in worker_data(spec.pool(pool)):
            yield Fault(f"workers.{pool}", fault.message)


def _large(spec: NodeSpec) -> bool:
    added = any(_size(place) > NOTHING for place in additions(spec).values())
    return renders(spec) and (added or len(spec.kubeadm.model_dump_json()) > SMALL)


def _largest(spec: NodeSpec) -> str:
    """The section that adds most to the machines."""
    sizes = {place: _size(added) for place, added in additions(spec).items()}
    return max(
        {"kubeadm": len(spec.kubeadm.model_dump_json()), **sizes}.items(), key=lambda item: item[1]
    )[0]


def _size(added: Additions) -> int:
    # Security groups are in no user data, and those that come later have no text.
    written = Additions.model_fields.keys() - {"security_group_ids"}
    return len(added.model_dump_json(include={*written}))


NOTHING = _size(Additions())


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ControlPlaneSpec: (control_plane_data,),
    WorkerPoolSpec: (worker_data,),
    Spec: (pool_data,),
}
"""The rules for each kind of section."""
