"""What the machines of a pool are made with, as it is recorded while they run: a change of it replaces them.

A byte of user data that follows from nothing of this replaces nobody, such as another comment in a unit.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from pydantic.alias_generators import to_camel

from ..config.forms import comes_later
from ..config.section import Section
from ..facts.choices import FileScope
from ..facts.versions import patch_of
from ..spec.cluster import WorkerPoolSpec
from ..spec.kubeadm import KubeadmSection
from ..spec.machines import NodesSection, PoolSection, SoftwareSection, TaintSection
from .settled import VERSION, Value, entry, value_of
from .software import artifacts

IMAGE = "nodes.image"
"""The id of the AMI. A name such as `ubuntu` stands for one that is looked up."""
FAMILY = "nodes.imageFamily"
INSTANCE_TYPES = "pool.instanceTypes"
DOWNLOADS = "software"
"""The versions of what machines download, which follow from the minor and from this program's table."""
OF_KUBERNETES = ("kubeadm", "kubelet")
"""Downloads whose version is the cluster's."""

OF_THE_CLUSTER = ("ip_families", "cni", "cloud_provider")
OF_KUBEADM = ("kubelet_args", "patches", "dns_domain", "proxy_mode")
"""The fields of these sections that reach a worker."""

ELSEWHERE: Mapping[type[Section], tuple[str, ...]] = {
    # The role has the rights of Session Manager; the image has a key of its own.
    NodesSection: ("image", "newest_image", "session_manager"),
    # Charts are installed through the API.
    SoftwareSection: ("chart_repository",),
    # Sizes, zones and times are the group's. Two fields are recorded in a form of their own.
    PoolSection: ("min", "max", "zones", "rollout", "kubelet", "taints"),
}
"""The fields of these sections that reach no machine."""


def revision(spec: WorkerPoolSpec, image: str | None = None) -> dict[str, Value]:
    """What the pool's machines are made with, by its place in the configuration.

    `image` is the id of their AMI. Without one, or with an output, it is left out.
    """
    pool = spec.pool
    found: dict[str, Value] = {
        VERSION: patch_of(spec.cluster.kubernetes_version),
        FAMILY: value_of(spec.nodes.family),
        DOWNLOADS: {
            item.name: item.version
            for item in artifacts(spec, pool.architecture)
            if item.name not in OF_KUBERNETES
        },
        "kubeadm.files": {
            path: value_of(file.content) or ""
            for path, file in spec.kubeadm.files.items()
            if file.on is FileScope.ALL and not file.secret
        },
        "pool.taints": {taint.key: _effects(taint.key, pool.taints) for taint in pool.taints},
        "pool.rollout.drainSeconds": value_of(pool.rollout.drain_seconds),
    }
    found |= _fields("cluster", spec.cluster, OF_THE_CLUSTER)
    found |= _fields("kubeadm", spec.kubeadm, OF_KUBEADM)
    found |= _fields("pool.kubelet", pool.kubelet, type(pool.kubelet).model_fields)
    for place, section in (("nodes", spec.nodes), ("software", spec.software), ("pool", pool)):
        left_out = (*ELSEWHERE[type(section)], "image_family")
        reaching = [name for name in type(section).model_fields if name not in left_out]
        found |= _fields(place, section, reaching)
    return found | ({IMAGE: image} if image and not comes_later(image) else {})


def _fields(place: str, section: Section, names: Iterable[str]) -> dict[str, Value]:
    values = {name: getattr(section, name) for name in names}
    return {
        f"{place}.{to_camel(name)}": entry(value)
        for name, value in values.items()
        if not _comes_later(value)
    }


def _comes_later(value: object) -> bool:
    """Whether a value, or one in a list, is known only once another resource exists."""
    return any(
        map(comes_later, cast("list[object]", value) if isinstance(value, list) else [value])
    )


def _effects(key: str, taints: Iterable[TaintSection]) -> str:
    """What is beside a taint's key, which may be there with several effects: `databases:NoSchedule`."""
    return ", ".join(f"{each.value}:{each.effect}" for each in taints if each.key == key)


def usual(spec: WorkerPoolSpec) -> dict[str, Value]:
    """What a pool of the same cluster is made with whose configuration says nothing. A field that a record lacks had this value."""
    return revision(
        spec.model_copy(
            update={
                "nodes": NodesSection(),
                "software": SoftwareSection(),
                "kubeadm": KubeadmSection(),
                "pool": PoolSection(),
            }
        )
    )
