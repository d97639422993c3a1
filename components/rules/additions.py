"""Rules for what a configuration adds to machines: no file replaces one that the machine needs, and none is a folder."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.forms import comes_later
from ..config.section import Section
from ..config.wording import path_of
from ..facts.choices import Cni
from ..facts.role import Role
from ..machine.added_files import additions, security_groups
from ..machine.fetched_programs import fetched_files
from ..machine.node_files import File
from ..machine.user_data import control_plane_files, worker_files
from ..spec.additions import Additions
from ..spec.cluster import ControlPlaneSpec, NodeSpec, Spec, WorkerPoolSpec


def no_folder(added: Additions) -> Iterator[Fault]:
    """No file may lie below another: its path would have to be a folder."""
    for path in added.files:
        if below := next((other for other in added.files if other.startswith(f"{path}/")), None):
            yield Fault(
                path_of(("files", path)),
                f"{below} makes it a folder; choose another path for one of both",
            )


def free_on_control_planes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """No file may stand where a control plane has its own."""
    if any(added.files for added in additions(spec).values()) and renders(spec):
        yield from _taken(spec, [*control_plane_files(spec), *fetched_files(Role.CONTROL_PLANE)])


def free_on_workers(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """No file may stand where a worker has its own."""
    if any(added.files for added in additions(spec).values()) and renders(spec):
        for fault in _taken(spec, [*worker_files(spec), *fetched_files(Role.WORKER)]):
            # A pool that is used alone has no name in its arguments.
            yield Fault(fault.path.replace(f"workers.{spec.pool_name}.", "pool.", 1), fault.message)


def free_in_pools(spec: Spec) -> Iterator[Fault]:
    """No file may stand where a worker of a pool has its own. Those of all machines are compared with a control plane's."""
    for name in spec.workers:
        pool = spec.pool(name)
        if pool.pool.files and renders(pool):
            for fault in _taken(pool, [*worker_files(pool), *fetched_files(Role.WORKER)]):
                if not fault.path.startswith("nodes."):
                    yield fault


def renders(spec: NodeSpec) -> bool:
    """Whether its machines have files. kubenet beside a minor without it is a fault of its own, and has no software to render."""
    return spec.kubernetes.has_kubenet or spec.cluster.cni is not Cni.KUBENET


def _taken(spec: NodeSpec, own: list[File]) -> Iterator[Fault]:
    taken = {file.path for file in own}
    for place, added in additions(spec).items():
        for path in added.files:
            if path in taken:
                yield Fault(
                    path_of((*place.split(".", 1), "files", path)),
                    "a machine has a file of its own there, without which it does not become a node; choose another path",
                )


def groups_of_control_planes(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A control plane has no more security groups than a machine can have."""
    yield from _groups(spec)


def groups_of_workers(spec: WorkerPoolSpec) -> Iterator[Fault]:
    """A worker has no more security groups than a machine can have."""
    for fault in _groups(spec):
        yield Fault("pool.securityGroupIds", fault.message)


def groups_of_pools(spec: Spec) -> Iterator[Fault]:
    """No worker of a pool has more security groups than a machine can have."""
    for name in spec.workers:
        yield from _groups(spec.pool(name))


def _groups(spec: NodeSpec) -> Iterator[Fault]:
    # An output may be a group that is named already.
    groups = [group for group in security_groups(spec) if not comes_later(group)]
    if len(groups) >= MOST_GROUPS:
        *_, place = additions(spec)
        yield Fault(
            f"{place}.securityGroupIds",
            f"with those of nodes and their own, its machines have {len(groups) + 1} security groups, and AWS allows {MOST_GROUPS}; "
            f"leave out {len(groups) + 1 - MOST_GROUPS}",
        )


MOST_GROUPS = 5
"""https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    Additions: (no_folder,),
    ControlPlaneSpec: (free_on_control_planes, groups_of_control_planes),
    WorkerPoolSpec: (free_on_workers, groups_of_workers),
    Spec: (free_in_pools, groups_of_pools),
}
"""The rules for each kind of section."""
