"""A cluster as its API shows it: nodes, pods, Services and ranges, read from the API's objects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.families import Family
from ..facts.versions import CONTROL_PLANE, OLD_CONTROL_PLANE

Document = Mapping[str, Any]
"""An object of the API, as JSON."""

SERVICE_RANGES = {33: "v1", 31: "v1beta1"}
"""The API version of ServiceCIDR, by the first minor that has it. Before 1.33 the API has it only if it is enabled."""

CONTROL_PLANE_LABELS = (CONTROL_PLANE, OLD_CONTROL_PLANE)
ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
"""The labels with a node's zone. 1.16 has the second."""
_UNREPORTED: Document = {"status": "Unknown", "message": "it has reported nothing"}


@dataclass(frozen=True, slots=True)
class ObservedNode:
    """A node of the cluster."""

    name: str
    ready: bool
    addresses: tuple[str, ...]
    """The node's internal addresses, in their order."""
    ranges: tuple[str, ...]
    """The node's shares of the pod ranges, in their order."""
    linux: bool = True
    control_plane: bool = False
    zone: str = ""
    """Empty if no cloud provider set it."""
    message: str = ""
    """The message of the condition `Ready`, with the reason if the node is not ready."""


@dataclass(frozen=True, slots=True)
class ObservedPod:
    """A pod that runs on the pod network."""

    name: str
    node: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObservedService:
    """A Service, with the fields of any minor."""

    name: str
    families: tuple[Family, ...]
    addresses: tuple[str, ...]
    """The Service's cluster addresses; none if it is headless."""
    policy: str = ""
    headless: bool = False
    dns: bool = False
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class ObservedCluster:
    """A cluster as it was read before any probe."""

    minor: int
    nodes: tuple[ObservedNode, ...]
    pods: tuple[ObservedPod, ...]
    services: tuple[ObservedService, ...]
    kubernetes: ObservedService
    """The API's own Service, whose address is in the first Service range, so in the primary family."""
    api_addresses: tuple[str, ...]
    """The addresses that the API servers advertise."""
    service_ranges: tuple[str, ...] = ()
    """Empty if neither a ServiceCIDR nor an API server's pod has them."""

    @property
    def families(self) -> tuple[Family, Family]:
        """Both families, the primary first."""
        primary = family_of(self.kubernetes.addresses[0])
        return (primary, other(primary))


def family_of(text: str) -> Family:
    """The family of an address or a range."""
    return Family.IPV6 if ":" in text else Family.IPV4


def other(family: Family) -> Family:
    """The other family."""
    return Family.IPV6 if family is Family.IPV4 else Family.IPV4


def families_of(texts: Iterable[str]) -> tuple[Family, ...]:
    """The families of addresses or ranges, in their order."""
    return tuple(family_of(text) for text in texts)


def listed(texts: Iterable[str]) -> str:
    """Texts joined for a sentence; `none` if there are none."""
    return ", ".join(texts) or "none"


def minor_of(version: Document) -> int:
    """The minor of an API server. Managed clusters append a plus to it."""
    return int(str(version["minor"]).rstrip("+"))


def node_of(document: Document) -> ObservedNode:
    """A node from its object."""
    status, spec = document["status"], document["spec"]
    labels = labels_of(document)
    conditions: list[Document] = status.get("conditions") or []
    ready = {condition["type"]: condition for condition in conditions}.get("Ready", _UNREPORTED)
    return ObservedNode(
        name=document["metadata"]["name"],
        ready=ready["status"] == "True",
        addresses=tuple(
            found["address"]
            for found in status.get("addresses") or ()
            if found["type"] == "InternalIP"
        ),
        ranges=tuple(spec.get("podCIDRs") or filter(None, [spec.get("podCIDR")])),
        linux=labels.get("kubernetes.io/os", "linux") == "linux",
        control_plane=any(label in labels for label in CONTROL_PLANE_LABELS),
        zone=next((labels[label] for label in ZONE_LABELS if label in labels), ""),
        message=ready["message"],
    )


def pods_of(documents: Iterable[Document]) -> tuple[ObservedPod, ...]:
    """The running pods on the pod network. Pods on the host's network are left out, because they have its addresses."""
    return tuple(
        ObservedPod(name_of(document), document["spec"]["nodeName"], pod_addresses(document))
        for document in documents
        if document["status"].get("phase") == "Running" and not document["spec"].get("hostNetwork")
    )


def pod_addresses(document: Document) -> tuple[str, ...]:
    """The addresses of a pod, in their order."""
    status = document["status"]
    found = [entry["ip"] for entry in status.get("podIPs") or ()]
    return tuple(found or filter(None, [status.get("podIP")]))


def service_of(document: Document) -> ObservedService:
    """A Service from its object."""
    spec = document["spec"]
    addresses = [*(spec.get("clusterIPs") or [spec.get("clusterIP")])]
    families = spec.get("ipFamilies") or filter(None, [spec.get("ipFamily")])
    return ObservedService(
        name=name_of(document),
        families=tuple(Family(family) for family in families),
        addresses=tuple(address for address in addresses if address and address != "None"),
        policy=spec.get("ipFamilyPolicy") or "",
        headless=addresses == ["None"],
        dns=labels_of(document).get("k8s-app") == "kube-dns",
        node_port=next((port.get("nodePort", 0) for port in spec.get("ports") or ()), 0),
    )


def service_ranges_of(defaults: Iterable[Document], pods: Iterable[Document]) -> tuple[str, ...]:
    """The Services' ranges: from the ServiceCIDR `kubernetes`, or from an API server's command line."""
    for document in defaults:
        if document["metadata"]["name"] == "kubernetes":
            return tuple(document["spec"]["cidrs"])
    for document in pods:
        if labels_of(document).get("component") == "kube-apiserver":
            return _ranges_of_api_server(document["spec"]["containers"][0])
    return ()


def _ranges_of_api_server(container: Document) -> tuple[str, ...]:
    words: Sequence[str] = [*(container.get("command") or ()), *(container.get("args") or ())]
    flag = "--service-cluster-ip-range="
    # If a flag is written twice, the last one counts.
    written = [word.removeprefix(flag) for word in words if word.startswith(flag)]
    return tuple(written[-1].split(",")) if written else ()


def labels_of(document: Document) -> Mapping[str, str]:
    """An object's labels."""
    return document["metadata"].get("labels") or {}


def name_of(document: Document) -> str:
    """An object's namespace and name, with a slash."""
    metadata = document["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}"
