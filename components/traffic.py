"""The traffic that each security group accepts: a table of rules, each row for both families."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .facts import ports
from .facts.choices import Cni
from .spec.machines import OpenPortsSection


class Group(StrEnum):
    """A security group, named by its members."""

    LOAD_BALANCER = "load-balancer"
    CONTROL_PLANE = "control-plane"
    WORKER = "worker"


class Source(StrEnum):
    """Addresses from which traffic may come."""

    ANYWHERE = "anywhere"
    VPC = "vpc"
    API_CLIENTS = "api-clients"


@dataclass(frozen=True, slots=True)
class Traffic:
    """A protocol and its ports; for ICMP a type and a code."""

    protocol: str
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        match self.protocol:
            case "-1":
                return "everything"
            case "icmp" | "icmpv6" as protocol:
                name = "ICMP" if protocol == "icmp" else "ICMPv6"
                return f"{name} type {self.first} code {self.last}"
            case protocol:
                ports = f"{self.first}" + (f" to {self.last}" if self.last != self.first else "")
                return f"{protocol.upper()} {ports}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table: traffic that one group accepts."""

    group: Group
    purpose: str
    traffic: Traffic
    source: Group | Source
    ipv6_traffic: Traffic | None = None
    """The same traffic in IPv6, where its protocol has another name there."""

    @property
    def name(self) -> str:
        """A name that no other row has."""
        return f"{self.group}-{self.purpose}-from-{self.source}"

    @property
    def in_ipv6(self) -> Traffic:
        """The row's traffic in IPv6 terms."""
        return self.ipv6_traffic or self.traffic


def tcp(first: int, last: int | None = None) -> Traffic:
    """One TCP port, or a range of them."""
    return Traffic("tcp", first, last or first)


def udp(first: int, last: int | None = None) -> Traffic:
    """One UDP port, or a range of them."""
    return Traffic("udp", first, last or first)


API = tcp(ports.API)
EVERYTHING = Traffic("-1")
NODES = (Group.CONTROL_PLANE, Group.WORKER)
ECHO = Traffic("icmp", 8, 0)
ECHO_IPV6 = Traffic("icmpv6", 128, 0)
"""Echo requests. Cilium's health check sends them to every node, and so do people who look for a fault.
https://docs.cilium.io/en/stable/operations/system_requirements/#firewall-rules"""

FRAGMENTATION_NEEDED = Traffic("icmp", 3, 4)
PACKET_TOO_BIG = Traffic("icmpv6", 2, 0)
"""Path MTU discovery. IPv6 routers do not fragment packets: if these two messages are blocked, large flows hang."""

OVERLAY: Mapping[Cni, Mapping[str, Traffic]] = {
    Cni.CALICO: {"vxlan": udp(ports.CALICO_VXLAN), "typha": tcp(ports.CALICO_TYPHA)},
    Cni.CILIUM: {"vxlan": udp(ports.FLANNEL_VXLAN), "health": tcp(ports.CILIUM_HEALTH)},
    Cni.FLANNEL: {"vxlan": udp(ports.FLANNEL_VXLAN)},
    # Pod packets travel without an overlay, on any port: kubenet has none, and an unknown plugin may have none.
    Cni.KUBENET: {"pods": EVERYTHING},
    Cni.NONE: {"pods": EVERYTHING},
}
"""Traffic from nodes to control planes that each network plugin needs."""


def rules(
    cni: Cni,
    ports_from_nodes: Sequence[OpenPortsSection] = (),
    node_ports: range = ports.NODE_PORTS,
) -> Iterator[Rule]:
    """The traffic that each group accepts. `ports_from_nodes` are further ports of control planes."""
    yield Rule(Group.LOAD_BALANCER, "api", API, Source.API_CLIENTS)
    yield Rule(Group.LOAD_BALANCER, "api", API, Group.CONTROL_PLANE)
    yield Rule(Group.LOAD_BALANCER, "api", API, Group.WORKER)
    yield Rule(Group.CONTROL_PLANE, "api", API, Group.LOAD_BALANCER)
    # The `kubernetes` Service resolves to the API servers' own addresses, so pods bypass the load balancer.
    yield Rule(Group.CONTROL_PLANE, "api", API, Group.CONTROL_PLANE)
    yield Rule(Group.CONTROL_PLANE, "api", API, Group.WORKER)
    yield Rule(
        Group.CONTROL_PLANE, "etcd", tcp(ports.ETCD_CLIENTS, ports.ETCD_PEERS), Group.CONTROL_PLANE
    )
    for peer in NODES:
        yield Rule(Group.CONTROL_PLANE, "kubelet", tcp(ports.KUBELET), peer)
        for purpose, traffic in OVERLAY[cni].items():
            yield Rule(Group.CONTROL_PLANE, purpose, traffic, peer)
        yield Rule(Group.CONTROL_PLANE, "echo", ECHO, peer, ECHO_IPV6)
        yield from _chosen(cni, ports_from_nodes, peer)
        # Kubernetes promises that every pod can reach every other. A pod in its host's network may listen on any port.
        yield Rule(Group.WORKER, "nodes", EVERYTHING, peer)
    for group in NODES:
        # Node ports are open to the VPC only: a Service's load balancer is inside it, and its own security group decides which
        # clients may connect.
        yield Rule(group, "node-ports-tcp", tcp(node_ports[0], node_ports[-1]), Source.VPC)
        yield Rule(group, "node-ports-udp", udp(node_ports[0], node_ports[-1]), Source.VPC)
        yield Rule(group, "proxy-health", tcp(ports.PROXY_HEALTH), Source.VPC)
    for group in Group:
        yield Rule(group, "path-mtu", FRAGMENTATION_NEEDED, Source.ANYWHERE, PACKET_TOO_BIG)


def _chosen(cni: Cni, chosen: Sequence[OpenPortsSection], peer: Group) -> Iterator[Rule]:
    """Rows for the ports that a configuration opens. AWS refuses to make a rule twice, so what is open already gets none."""
    already = {API, tcp(ports.KUBELET), *OVERLAY[cni].values()}
    for opened in chosen:
        traffic = Traffic(opened.protocol.lower(), opened.port, opened.last)
        if traffic not in already:
            purpose = f"{traffic.protocol}-{opened.port}" + (
                f"-{opened.last}" if opened.last != opened.port else ""
            )
            yield Rule(Group.CONTROL_PLANE, purpose, traffic, peer)
