"""A cluster as its API shows it: nodes, pods, Services and ranges, read from the API's objects."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..facts.backup_interval import FAULT, KEPT
from ..facts.choices import UNINITIALIZED
from ..facts.families import Family
from ..facts.versions import CONTROL_PLANE, OLD_CONTROL_PLANE
from .optional import Document, addresses, entries, number, part, ranges, word, words

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
    initialized: bool = True
    """False while the node has the taint `node.cloudprovider.kubernetes.io/uninitialized`."""
    linux: bool = True
    control_plane: bool = False
    zone: str = ""
    """Empty if no cloud provider set it."""
    message: str = ""
    """The message of the condition `Ready`, with the reason if the node is not ready."""
    kubelet: str = ""
    """The version of its kubelet, like v1.36.5; empty if it has not said it."""
    backup: str = ""
    """The time of the last snapshot of etcd that this node has kept; empty if it shows none."""
    backup_fault: str = ""
    """When and why this node could not keep one; empty if it has kept another since."""


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


def minor_of(version: Document) -> int | None:
    """The minor of an API server; None if it does not say. Managed clusters append a plus to it."""
    digits = re.match("[0-9]+", word(version, "minor"))
    return int(digits[0]) if digits else minor_in(word(version, "gitVersion"))


def minor_in(version: str) -> int | None:
    """The minor in a version like v1.36.5 or v1.36.5-eks-1; None if it is none."""
    found = re.match(r"v?[0-9]+\.([0-9]+)", version)
    return int(found[1]) if found else None


def node_of(document: Document) -> ObservedNode:
    """A node from its object."""
    status, spec, labels = part(document, "status"), part(document, "spec"), labels_of(document)
    conditions = {word(found, "type"): found for found in entries(status, "conditions")}
    ready = conditions.get("Ready", _UNREPORTED)
    notes = part(document, "metadata", "annotations")
    internal = [
        word(found, "address")
        for found in entries(status, "addresses")
        if word(found, "type") == "InternalIP"
    ]
    return ObservedNode(
        name=word(part(document, "metadata"), "name"),
        ready=word(ready, "status") == "True",
        addresses=addresses(internal),
        ranges=ranges(words(spec, "podCIDRs") or [word(spec, "podCIDR")]),
        initialized=UNINITIALIZED not in {word(one, "key") for one in entries(spec, "taints")},
        linux=labels.get("kubernetes.io/os", "linux") == "linux",
        control_plane=any(label in labels for label in CONTROL_PLANE_LABELS),
        zone=next((labels[label] for label in ZONE_LABELS if label in labels), ""),
        message=word(ready, "message") or word(ready, "reason") or "it does not say why",
        kubelet=word(part(status, "nodeInfo"), "kubeletVersion"),
        backup=word(notes, KEPT),
        backup_fault=word(notes, FAULT),
    )


def pods_of(documents: Iterable[Document]) -> tuple[ObservedPod, ...]:
    """The running pods on the pod network. Pods on the host's network are left out, because they have its addresses."""
    return tuple(
        ObservedPod(
            name_of(document), word(part(document, "spec"), "nodeName"), pod_addresses(document)
        )
        for document in documents
        if phase_of(document) == "Running" and not part(document, "spec").get("hostNetwork")
    )


def phase_of(pod: Document) -> str:
    """How far a pod is; empty if nobody has said it."""
    return word(part(pod, "status"), "phase")


def pod_addresses(document: Document) -> tuple[str, ...]:
    """The addresses of a pod, in their order."""
    status = part(document, "status")
    found = [word(entry, "ip") for entry in entries(status, "podIPs")]
    return addresses(found) or addresses([word(status, "podIP")])


def service_of(document: Document) -> ObservedService:
    """A Service from its object."""
    spec = part(document, "spec")
    written = words(spec, "clusterIPs") or [word(spec, "clusterIP")]
    families = words(spec, "ipFamilies") or [word(spec, "ipFamily")]
    return ObservedService(
        name=name_of(document),
        families=tuple(Family(family) for family in families if family in set(Family)),
        addresses=addresses(written),
        policy=word(spec, "ipFamilyPolicy"),
        headless=written == ["None"],
        dns=labels_of(document).get("k8s-app") == "kube-dns",
        node_port=next((number(port, "nodePort") for port in entries(spec, "ports")), 0),
    )


def endpoints_of(document: Document) -> tuple[str, ...]:
    """The addresses behind a Service, from its Endpoints or its EndpointSlice."""
    found = [
        word(address, "ip")
        for subset in entries(document, "subsets")
        for address in entries(subset, "addresses")
    ]
    for endpoint in entries(document, "endpoints"):
        found += words(endpoint, "addresses")
    return addresses(found)


def service_ranges_of(defaults: Iterable[Document], pods: Iterable[Document]) -> tuple[str, ...]:
    """The Services' ranges: from the ServiceCIDR `kubernetes`, or from an API server's command line."""
    for document in defaults:
        if found := ranges(words(part(document, "spec"), "cidrs")):
            return found
    for document in pods:
        if labels_of(document).get("component") == "kube-apiserver":
            for container in entries(part(document, "spec"), "containers"):
                if found := _ranges_of_api_server(container):
                    return found
    return ()


def _ranges_of_api_server(container: Document) -> tuple[str, ...]:
    command = [*words(container, "command"), *words(container, "args")]
    flag = "--service-cluster-ip-range"
    # If a flag is written twice, the last one counts. Its value may be a word of its own.
    written = [
        value or (command[index + 1] if index + 1 < len(command) else "")
        for index, text in enumerate(command)
        for name, equals, value in (text.partition("="),)
        if name == flag and (value or not equals)
    ]
    return ranges(written[-1].split(",")) if written else ()


def labels_of(document: Document) -> Mapping[str, str]:
    """An object's labels."""
    return part(document, "metadata", "labels")


def name_of(document: Document) -> str:
    """An object's namespace and name, with a slash."""
    metadata = part(document, "metadata")
    return f"{word(metadata, 'namespace')}/{word(metadata, 'name')}"
