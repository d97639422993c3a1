"""What a running cluster says of itself before an upgrade, in a reader's words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..facts.versions import Minor

DEPRECATED = re.compile(r"^apiserver_requested_deprecated_apis\{(.*)\} 1", re.MULTILINE)
"""A deprecated API that was asked for since its API server started.
https://kubernetes.io/docs/reference/using-api/deprecation-guide/#locate-use-of-deprecated-apis"""
LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class DeprecatedApi:
    """An API that a later minor no longer has, and that somebody uses."""

    name: str
    """Like `flowschemas.v1beta3.flowcontrol.apiserver.k8s.io`."""
    removed_in: str
    """The minor without it; empty if none is named yet."""

    def is_gone_in(self, minor: Minor) -> bool:
        """Whether a minor no longer has it."""
        _, _, removed = self.removed_in.partition(".")
        return removed.isdecimal() and int(removed) <= minor.minor


@dataclass(frozen=True)
class Health:
    """A cluster at one moment, as one of its API servers says it."""

    version: str
    etcd: bool
    """Whether etcd answers that API server."""
    kubelets: Sequence[str]
    """The version of each node's kubelet."""
    unready: Sequence[str]
    """The nodes that are not Ready."""
    deprecated: Sequence[DeprecatedApi]


def deprecated_apis(metrics: str) -> list[DeprecatedApi]:
    """The deprecated APIs in the metrics of an API server."""
    found: list[DeprecatedApi] = []
    for text in DEPRECATED.findall(metrics):
        labels = dict(LABEL.findall(text))
        parts = (labels.get("resource"), labels.get("version"), labels.get("group"))
        name = ".".join(part for part in parts if part)
        found.append(DeprecatedApi(name, labels.get("removed_release", "")))
    return sorted(set(found), key=lambda one: one.name)


def summary(health: Health) -> str:
    """The line about a cluster that is asked."""
    count = len(health.kubelets)
    kubelets = ", ".join(sorted(set(health.kubelets)))
    used = ", ".join(
        f"{one.name} (until {one.removed_in})" if one.removed_in else one.name
        for one in health.deprecated
    )
    return (
        f"The cluster says: API server {health.version}; etcd {'answers' if health.etcd else 'does not answer'}; "
        f"{count - len(health.unready)} of {count} nodes Ready, kubelets {kubelets or 'none'}; deprecated APIs in use: {used or 'none'}"
    )


def cautions(health: Health, wanted: Minor) -> Iterator[str]:
    """What should be mended before another version is brought."""
    if not health.etcd:
        yield "etcd does not answer: an upgrade would wait; mend it first"
    if health.unready:
        yield f"{', '.join(health.unready)} not Ready: while a control plane is not, none is upgraded"
    gone = [one.name for one in health.deprecated if one.is_gone_in(wanted)]
    if gone:
        yield (
            f"{', '.join(gone)} was asked for, and {wanted.name} no longer has it: find who does, in the audit log by the annotation "
            "k8s.io/deprecated, and move them to the API that follows"
        )
