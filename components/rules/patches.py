"""Rules for kubeadm's patches: that the minor reads them, and that each is of the type that its name says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import path_of, shown
from ..spec.cluster import NodeSpec
from ..spec.yaml_texts import documents_of

PATCH_TARGETS: Mapping[str, int] = {
    "kube-apiserver": 22,
    "kube-controller-manager": 22,
    "kube-scheduler": 22,
    "etcd": 22,
    "kubeletconfiguration": 25,
    "corednsdeployment": 31,
    "kubeproxydaemonset": 37,
}
"""The first minor whose kubeadm can patch each target (read in its source). It ignores files for other targets without an error."""

PATCH_NAME = re.compile(
    rf"(?P<target>{'|'.join(PATCH_TARGETS)})[^.+/\n]*(\+(?P<type>json|merge|strategic))?\.(json|yaml)"
)
"""The form of a patch file's name: target, any suffix, type of patch, format."""


OPERATIONS: Mapping[str, str | None] = {
    **dict.fromkeys(("add", "replace", "test"), "value"),
    **dict.fromkeys(("move", "copy"), "from"),
    "remove": None,
}
"""The operations of a JSON patch, each with what it needs beside its path: https://datatracker.ietf.org/doc/html/rfc6902#section-4"""


def patches(spec: NodeSpec) -> Iterator[Fault]:
    """Patches need 1.22 or later and a name with a target that the minor patches: kubeadm ignores other files."""
    minor = spec.kubernetes
    if not spec.kubeadm.patches:
        return
    if not minor.reads_patches:
        yield Fault(
            "kubeadm.patches",
            f"kubeadm reads patches from its configuration since 1.22, and this is {minor.name}; leave them out",
        )
        return
    targets = [target for target, first in PATCH_TARGETS.items() if first <= minor.minor]
    for name, text in spec.kubeadm.patches.items():
        found = PATCH_NAME.fullmatch(name)
        if found is None or found["target"] not in targets:
            yield Fault(
                path_of(("kubeadm", "patches", name)),
                f"kubeadm of {minor.name} would pass over this file; name it by its target and type, like "
                f"kube-apiserver0+merge.yaml; targets: {', '.join(targets)}",
            )
        elif message := _of_another_type(text, operates=found["type"] == "json"):
            yield Fault(path_of(("kubeadm", "patches", name)), message)


def _of_another_type(text: str, *, operates: bool) -> str | None:
    """Why kubeadm could not apply a patch of the type that its name says; None if it can be one."""
    documents = documents_of(text)
    if not operates:
        lists = any(isinstance(document, list) for document in documents)
        cure = "write a map of what to change, or +json before the ending of its name"
        return (
            f"it is a list, which is a JSON patch, and its name says another type; {cure}"
            if lists
            else None
        )
    for document in documents:
        if not isinstance(document, list):
            return (
                "its name says a JSON patch, and it is a map; write a list like [{op: add, path: /spec/x, value: y}], or +merge "
                "in its name"
            )
        for operation in cast("list[Any]", document):
            if not _is_operation(operation):
                return (
                    f"{shown(operation)} is no operation of a JSON patch; write op ({', '.join(OPERATIONS)}), path with a / before "
                    "each key, and value or from"
                )
    return None


def _is_operation(given: object) -> bool:
    if not isinstance(given, dict):
        return False
    operation = cast("Mapping[object, Any]", given)
    op, path = operation.get("op"), operation.get("path")
    if not isinstance(op, str) or op not in OPERATIONS:
        return False
    needed = OPERATIONS[op]
    return (
        isinstance(path, str) and path.startswith("/") and (needed is None or needed in operation)
    )


def kubelet_patches_name(spec: NodeSpec, *fields: str) -> bool:
    """Whether a patch of the kubelet's configuration names one of the fields, whose effect is then not looked into."""
    texts = [
        text for name, text in spec.kubeadm.patches.items() if name.startswith("kubeletconfig")
    ]
    return any(field in text for field in fields for text in texts)


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {NodeSpec: (patches,)}
"""The rules for each kind of section."""
