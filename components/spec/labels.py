"""Labels and taints of Kubernetes, and tags of AWS."""

from typing import Annotated

from pydantic import AfterValidator

from ..config.forms import AS_GIVEN, OR_OUTPUT, matching, together
from ..config.wording import shown
from .values import DNS_NAME

SET_BY_KUBERNETES = frozenset(
    f"{domain}/{name}"
    for domain, names in (
        ("kubernetes.io", ("hostname", "arch", "os")),
        ("beta.kubernetes.io", ("arch", "os", "instance-type")),
        ("node.kubernetes.io", ("instance-type",)),
        ("topology.kubernetes.io", ("zone", "region")),
        ("failure-domain.beta.kubernetes.io", ("zone", "region")),
        ("failure-domain.kubernetes.io", ("zone", "region")),
    )
    for name in names
)
"""Labels that the kubelet or the cloud controller sets on each node.
https://kubernetes.io/docs/reference/labels-annotations-taints/"""

SET_AS_TAINTS = frozenset(
    f"node.kubernetes.io/{condition}"
    for condition in (
        *("not-ready", "unreachable", "memory-pressure", "disk-pressure", "pid-pressure"),
        *("network-unavailable", "unschedulable", "out-of-service"),
    )
)
"""Taints by which the node controller shows a node's condition."""

OWN_TAGS = ("kubernetes.io/cluster/", "kubernetes.io/role/", "k8s.io/cluster-autoscaler/")
"""Prefixes of tags by which controllers identify their resources."""

TAG_ROOM = 40
"""The number of a resource's 50 tags that are free. An Auto Scaling group uses the most: four, and one for each label and taint."""


def _settable_label(key: str) -> str:
    """Refuse labels with which the kubelet does not start, and labels that the kubelet or the cloud controller sets.

    https://github.com/kubernetes/enhancements/tree/master/keps/sig-auth/279-limit-node-access
    """
    domain = key.rpartition("/")[0]
    if key in SET_BY_KUBERNETES:
        raise ValueError(f"{key} is set by Kubernetes itself; leave it out")
    inside = {f".{domain}".endswith(f".{reserved}") for reserved in ("kubernetes.io", "k8s.io")}
    allowed = {
        f".{domain}".endswith(f".{free}")
        for free in ("kubelet.kubernetes.io", "node.kubernetes.io")
    }
    if any(inside) and not any(allowed):
        raise ValueError(
            f"the kubelet refuses to start with the label {key}, because a node must not give itself a role; "
            "choose a domain of your own, or set it with kubectl label"
        )
    return key


def _free_taint(key: str) -> str:
    if key in SET_AS_TAINTS or key.startswith("node.cloudprovider.kubernetes.io/"):
        raise ValueError(f"{key} is set and removed by Kubernetes itself; choose another key")
    return key


def _tag_key(key: str) -> str:
    if key.lower().startswith("aws:"):
        raise ValueError(
            f"{shown(key)} starts with aws:, which AWS keeps for itself; rename the tag"
        )
    # IAM compares keys without their case, so `name` beside the Name of a role is a key twice.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    if key.lower() == "name":
        raise ValueError("each resource has a Name of its own; choose another key")
    if key.lower().startswith(OWN_TAGS):
        raise ValueError(f"{shown(key)} is a tag that controllers act on; leave it to the cluster")
    return key


def _tag_value(value: str) -> str:
    if value.lower().startswith("aws:"):
        raise ValueError(
            f"{shown(value)} starts with aws:, which AWS keeps for itself; write another value"
        )
    return value


def _clashing(tags: dict[str, str]) -> str | None:
    """Why these tags cannot be on one resource; None if they can."""
    if len(tags) > TAG_ROOM:
        return (
            f"{len(tags)} tags are too many; AWS takes 50 on a resource and {50 - TAG_ROOM} are the cluster's own, "
            f"so write at most {TAG_ROOM}"
        )
    by_lower: dict[str, str] = {}
    for key in tags:
        other = by_lower.setdefault(key.lower(), key)
        if other != key:
            return f"{shown(other)} and {shown(key)} differ in case alone, which IAM takes for one tag; keep one"
    return None


LabelValue = Annotated[
    str,
    matching(
        r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?",
        "a Kubernetes label value: at most 63 letters, digits, dots, hyphens and underscores",
    ),
]
QUALIFIED_NAME = rf"((?=[^/]{{1,253}}/){DNS_NAME}/)?[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?"
"""The form of names that may have the prefix of their owner."""

LabelKey = Annotated[
    str, matching(QUALIFIED_NAME, "a Kubernetes label key; write one like example.com/tier")
]
NodeLabels = dict[Annotated[LabelKey, AfterValidator(_settable_label)], LabelValue]
TaintKey = Annotated[LabelKey, AfterValidator(_free_taint)]
Tags = Annotated[
    dict[
        Annotated[
            str,
            AfterValidator(_tag_key),
            matching(
                r"(?! )[\w +=.:/@-]{1,128}(?<! )",
                "a tag key; write 1 to 128 letters, digits, spaces and + - = . _ : / @",
            ),
        ],
        Annotated[
            str,
            AfterValidator(_tag_value),
            matching(
                r"(?! )[\w +=.:/@-]{0,256}(?<! )",
                "a tag value; write at most 256 letters, digits, spaces and + - = . _ : / @",
            ),
            OR_OUTPUT,
            AS_GIVEN,
        ],
    ],
    together(_clashing),
]
