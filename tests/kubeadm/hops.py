"""What a step to the next minor changes on a control plane, as the rows of a table."""

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

from components.facts.versions import MINORS, Minor
from components.rules.upgrade import FIRST
from tests.kubeadm.reading import Written

NUMBERS = tuple(number for number in MINORS if number >= FIRST)

ALL = tuple((MINORS[was].name, MINORS[wanted].name) for was, wanted in pairwise(NUMBERS))
"""Every step that a cluster can go."""

PODS = {
    "kube-apiserver": "API server",
    "kube-controller-manager": "controller manager",
    "kube-scheduler": "scheduler",
    "etcd": "etcd",
}

EMPTY = ("", 0, "0", "0s", None, False, {}, [])
"""Values in documents that kubeadm writes out although nobody has set them. Flags hold texts in lists, so none is left out."""

OF_EACH_VERSION = ("apiVersion", "kubernetesVersion")

Change = tuple[str, list[str], list[str]]
"""Where something changes, what goes and what comes."""


def rows(was: Written, wanted: Written, version: Minor) -> list[str]:
    """The rows about a step, by what both kubeadms have written and by the table of minors."""
    found = [*_by_kubeadm(was, wanted), *by_facts(MINORS[version.minor - 1], version)]
    return [_row(version, *each) for each in _together(found)]


def by_facts(was: Minor, wanted: Minor) -> Iterator[Change]:
    """What the step changes of images and of the software beside Kubernetes."""
    images, software = (
        [
            (f"{name} {getattr(was, name)}", f"{name} {getattr(wanted, name)}")
            for name in names
            if getattr(was, name) != getattr(wanted, name)
        ]
        for names in (("etcd", "coredns", "pause"), ("containerd", "runc", "ubuntu"))
    )
    for place, changed in (("images", images), ("software", software)):
        if changed:
            yield place, [old for old, _ in changed], [new for _, new in changed]


def row_of_facts(was: Minor, wanted: Minor) -> list[str]:
    """The rows that no kubeadm is needed for."""
    return [_row(wanted, *each) for each in by_facts(was, wanted)]


def _by_kubeadm(was: Written, wanted: Written) -> Iterator[Change]:
    versions = [each.cluster["apiVersion"].rpartition("/")[2] for each in (was, wanted)]
    if versions[0] != versions[1]:
        yield "documents of kubeadm", versions[:1], versions[1:]
    for component, place in PODS.items():
        yield _change(place, was.manifests[component], wanted.manifests[component])
    yield _change("kubelet's arguments", was.kubelet_flags, wanted.kubelet_flags)
    yield _change("kubelets' configuration", was.kubelet, wanted.kubelet)
    yield _change("kube-proxy's configuration", was.kube_proxy, wanted.kube_proxy)
    yield _change("`kubeadm-config`", was.cluster, wanted.cluster)
    for place, old, new in (
        ("labels", was.labels, wanted.labels),
        ("taints", was.taints, wanted.taints),
    ):
        yield place, [one for one in old if one not in new], [one for one in new if one not in old]


def _change(place: str, was: Mapping[str, Any], wanted: Mapping[str, Any]) -> Change:
    old, new = dict(_settings(was)), dict(_settings(wanted))
    gone = [f"{name}={value}" for name, value in old.items() if new.get(name) != value]
    come = [f"{name}={value}" for name, value in new.items() if old.get(name) != value]
    return place, sorted(gone), sorted(come)


def _settings(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The settings of a document, or the flags of a command, by their path. Arguments in a list are named as those of a map."""
    for name, value in content.items():
        inner = value
        if name.endswith("Args") and isinstance(value, list):
            inner = {each["name"]: each["value"] for each in value}
        if isinstance(inner, Mapping):
            yield from _settings(inner, f"{above}{name}.")
        elif value not in EMPTY and name not in OF_EACH_VERSION:
            yield (
                f"{above}{name}",
                ",".join(map(str, value)) if isinstance(value, list) else str(value),
            )


def _together(changes: list[Change]) -> Iterator[Change]:
    """The changes, those that follow one another and are alike as one. Those that change nothing are left out."""
    for (gone, come), alike in groupby(changes, lambda each: each[1:]):
        if gone or come:
            yield ", ".join(place for place, *_ in alike), gone, come


def _row(version: Minor, place: str, gone: list[str], come: list[str]) -> str:
    cells = [", ".join(f"`{one}`" for one in each) for each in (gone, come)]
    return f"| to {version.name} | {place} | {cells[0]} | {cells[1]} |".replace("  ", " ")
