"""Checks of connections between pods, Services and nodes, in both families."""

import time
from functools import partial

from ..facts import ports
from ..facts.families import Family
from .answer import Ask, Page, Question, fetch, url
from .finding import Finding, fault, good, unasked
from .observed import family_of
from .scene import PAYLOAD, PAYLOAD_FILE, PORT, End, Scene

PODS, LARGE, CLUSTER_IP, NODE_PORT, DNS = (
    "pod to pod",
    "large packets",
    "ClusterIP",
    "NodePort",
    "DNS",
)
RECORDS = {Family.IPV4: ("A", "-4"), Family.IPV6: ("AAAA", "-6")}
KNOWN_WITHIN = 90
"""The seconds within which CoreDNS knows a new Service. After an API that was away it asks again a minute later at the latest
(client-go's longest pause, with its jitter), and it keeps the answer that there is no such name for up to half a minute."""
AGAIN_SECONDS = 3


def reach(scene: Scene) -> list[Question]:
    """The checks of every connection, from each end to the other."""
    return [
        *(partial(_pods, one, end, family) for one, end, family in _ways(scene)),
        *(partial(_large, one, end, family) for one, end, family in _ways(scene)),
        *(
            partial(_cluster_ip, scene, name, address)
            for name, service in scene.services.items()
            for address in service.addresses
        ),
        *(partial(_node_port, scene, one, end, family) for one, end, family in _ways(scene)),
        *(partial(_dns, scene, family) for family in scene.families),
    ]


def _ways(scene: Scene) -> list[tuple[End, End, Family]]:
    pairs = scene.across or [(scene.client, scene.server)]
    return [(one, end, family) for one, end in pairs for family in scene.families]


def _of(family: Family, addresses: tuple[str, ...]) -> str:
    return next((address for address in addresses if family_of(address) is family), "")


def _pods(one: End, end: End, family: Family, ask: Ask) -> Finding:
    where = f"{one.node.name} to {end.node.name}, {family}"
    if one is end:
        return unasked(PODS, where, "there is no second node to make a pod on")
    if not (address := _of(family, end.addresses)):
        return unasked(PODS, where, f"the pod on {end.node.name} has no {family} address")
    page = fetch(ask, one.pod, url(address, PORT))
    if page.body == end.pod:
        return good(PODS, where, f"{address} answers")
    found = f"{address}: {page.failure or 'another answers'}"
    if fetch(ask, end.host_pod, url(address, PORT)).body != end.pod:
        return fault(
            PODS,
            where,
            f"{found}; it does not answer its own node either",
            f"the network plugin is at fault on {end.node.name}: read its log there; "
            f"is {family} forwarding on, and has the bridge an {family} address?",
        )
    return fault(
        PODS,
        where,
        f"{found}; it answers its own node",
        "packets are lost between the nodes: let the network plugin's port through among them, in the family that "
        f"nodes talk in (VXLAN: UDP {ports.FLANNEL_VXLAN} for flannel and Cilium, UDP {ports.CALICO_VXLAN} for Calico)",
    )


def _large(one: End, end: End, family: Family, ask: Ask) -> Finding:
    where = f"{one.node.name} to {end.node.name}, {family}"
    address = _of(family, end.addresses)
    if one is end or not address or fetch(ask, one.pod, url(address, PORT)).failure:
        return unasked(LARGE, where, "not even small ones arrive, or there is no way to ask")
    sent = ("--get", "--data-urlencode", f"msg@{PAYLOAD_FILE}")
    page = fetch(ask, one.pod, url(address, PORT, "/echo"), *sent)
    if page.body == PAYLOAD:
        return good(LARGE, where, f"{len(PAYLOAD)} bytes went and came back")
    return fault(
        LARGE,
        where,
        f"{len(PAYLOAD)} bytes did not come back: {page.failure or f'{len(page.body)} did'}",
        "small packets pass, large ones do not: the pods' MTU must leave room for the overlay (VXLAN over IPv4: 50 "
        "bytes, over IPv6: 70), and the security groups must let in ICMP type 3 code 4 and ICMPv6 type 2",
    )


def _cluster_ip(scene: Scene, name: str, address: str, ask: Ask) -> Finding:
    family, end = family_of(address), scene.server
    where = f"service {name}, {family}, from {scene.client.node.name}"
    page = fetch(ask, scene.client.pod, url(address, PORT))
    if page.body == end.pod:
        return good(CLUSTER_IP, where, f"{address} answers")
    return fault(
        CLUSTER_IP,
        where,
        f"{address}: {page.failure or 'another answers'}",
        _blame(scene, scene.client, family, ask),
    )


def _node_port(scene: Scene, one: End, end: End, family: Family, ask: Ask) -> Finding:
    where = f"{one.node.name} to {end.node.name}, {family}"
    address, serving = _of(family, end.node.addresses), scene.serving(family)
    if not address or not serving:
        return unasked(
            NODE_PORT, where, f"no {'Service' if address else 'node address'} of {family} to ask at"
        )
    if not (port := serving[0].node_port):
        return unasked(NODE_PORT, where, f"the API gave {serving[0].name} no port on nodes")
    page = fetch(ask, one.host_pod, url(address, port))
    if page.body == scene.server.pod:
        return good(NODE_PORT, where, f"{address} answers at {port}")
    return fault(
        NODE_PORT,
        where,
        f"{address} at {port}: {page.failure or 'another answers'}",
        f"let the node ports ({ports.NODE_PORTS[0]}-{ports.NODE_PORTS[-1]}) through among the nodes in {family}; "
        + _blame(scene, end, family, ask),
    )


def _blame(scene: Scene, one: End, family: Family, ask: Ask) -> str:
    """The advice for a Service that does not answer: look at its pod if that does not answer either, else at kube-proxy."""
    address = _of(family, scene.server.addresses)
    if not address or fetch(ask, one.pod, url(address, PORT)).body != scene.server.pod:
        return f"the pod behind it is not reached in {family} either: begin there"
    return (
        f"the pod behind it does answer, so look at kube-proxy on {one.node.name}: its log, its mode, "
        f"and a --cluster-cidr that names the {family} range too"
    )


def _dns(scene: Scene, family: Family, ask: Ask) -> Finding:
    record, flag = RECORDS[family]
    if not (serving := scene.serving(family)):
        return unasked(DNS, record, f"no Service has an {family} address")
    service, address = serving
    name = service.name.rpartition("/")[2]
    where = f"{record} of service {name}"
    page = _resolved(ask, scene.client.pod, f"http://{name}:{PORT}/hostname", flag)
    if page.unresolved:
        return fault(
            DNS,
            where,
            f"no {record} record",
            "read the log of CoreDNS; do its pods, its Service and the pods' /etc/resolv.conf belong together, "
            "and does no template or rewrite in the Corefile answer this type?",
        )
    if page.failure:
        return fault(
            DNS,
            where,
            f"it resolves, but does not answer: {page.failure}",
            _blame(scene, scene.client, family, ask),
        )
    if page.server != address:
        return fault(
            DNS,
            where,
            f"{page.server}, and the Service has {address}",
            "something else answers for the cluster's names: look at the Corefile and at the pods' /etc/resolv.conf",
        )
    return good(DNS, where, address)


def _resolved(ask: Ask, pod: str, address: str, flag: str) -> Page:
    """A page by the name of a Service that was made just now; without one if no DNS server knows the name in time."""
    deadline = time.monotonic() + KNOWN_WITHIN
    while (page := fetch(ask, pod, address, flag)).unresolved and time.monotonic() < deadline:
        time.sleep(AGAIN_SECONDS)
    return page
