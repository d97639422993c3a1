"""Which files of the configuration each component of a control plane has in its pod."""

from collections.abc import Iterator
from typing import Any

from ..spec.cluster import NodeSpec
from ..spec.kubeadm import KubeadmSection


def file_volumes(spec: NodeSpec, field: str) -> list[dict[str, Any]]:
    """The volumes of the component whose arguments a field holds."""
    return [
        {"name": f"file-{number}", "path": path, "read_only": True, "path_type": "File"}
        for number, path in enumerate(spec.kubeadm.files)
        if path in mounted(spec.kubeadm, field)
    ]


def mounted(kubeadm: KubeadmSection, field: str) -> set[str]:
    """The paths of the files that a component has in its pod: those that its arguments name, and those that these files name.

    The API server also has files for control planes that no component names.
    """
    found = set(_reached(kubeadm, _values(kubeadm, field)))
    if field == "apiServerArgs":
        named = {path for other in FIELDS for path in _reached(kubeadm, _values(kubeadm, other))}
        found |= {*kubeadm.files} - named
    return found


FIELDS = ("apiServerArgs", "controllerManagerArgs", "schedulerArgs", "kubeletArgs")
"""The components that read files. kubeadm mounts no further file into etcd's pod."""


def _values(kubeadm: KubeadmSection, field: str) -> list[str]:
    given = {
        "apiServerArgs": kubeadm.api_server_args,
        "controllerManagerArgs": kubeadm.controller_manager_args,
        "schedulerArgs": kubeadm.scheduler_args,
        "kubeletArgs": kubeadm.kubelet_args,
    }
    return list(given[field].values())


def _reached(kubeadm: KubeadmSection, texts: list[str]) -> Iterator[str]:
    """The files that some texts name, and the files that those name in turn."""
    left = dict(kubeadm.files)
    while texts:
        found = [path for path in left if any(path in text for text in texts)]
        yield from found
        texts = [left.pop(path).content or "" for path in found]
