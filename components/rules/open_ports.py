"""Rules for the ports of control planes that a configuration opens to nodes."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts import ports
from ..facts.choices import Protocol
from ..spec.cluster import ControlPlaneSpec
from ..spec.machines import ControlPlaneSection, OpenPortsSection
from ..spec.parts import FirewallSpec
from ..spec.values import taken_ports


def order(opened: OpenPortsSection) -> Iterator[Fault]:
    """A range's last port must not be below its first."""
    if opened.last < opened.port:
        yield Fault(
            "endPort",
            f"{opened.last} is below port, {opened.port}; write the first port in port and the last in endPort",
        )


def etcd(opened: OpenPortsSection) -> Iterator[Fault]:
    """etcd's ports must stay closed: it holds every Secret, and control planes alone ask it."""
    if (
        opened.protocol is Protocol.TCP
        and opened.port <= ports.ETCD_PEERS
        and opened.last >= ports.ETCD_CLIENTS
    ):
        written = str(opened.port) + (
            f" to {opened.end_port}" if opened.last != opened.port else ""
        )
        yield Fault(
            "port",
            f"TCP {written} opens {ports.ETCD_CLIENTS} to {ports.ETCD_PEERS}, where etcd serves every Secret to control planes "
            "alone; leave those two out",
        )


def once(holder: ControlPlaneSection | FirewallSpec) -> Iterator[Fault]:
    """Each range must be there once: AWS refuses a rule that exists."""
    seen: set[tuple[str, int, int]] = set()
    for index, opened in enumerate(holder.ports_from_nodes):
        with suppress(Unsound):
            key = (opened.protocol, opened.port, opened.last)
            if key in seen:
                yield Fault(
                    f"portsFromNodes[{index}]",
                    f"{opened.protocol} {opened.port} is there already; keep one of the two",
                )
            seen.add(key)


def beside_the_plugin(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """No node port is one on which the network plugin listens."""
    if message := taken_ports(spec.services.node_ports, ports.OF_PLUGINS[spec.cluster.cni]):
        yield Fault("services.nodePorts", message)


def beside_the_plugin_of(spec: FirewallSpec) -> Iterator[Fault]:
    """The same of a firewall that is used alone."""
    if message := taken_ports(spec.node_ports, ports.OF_PLUGINS[spec.cni]):
        yield Fault("nodePorts", message)


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    OpenPortsSection: (order, etcd),
    ControlPlaneSection: (once,),
    FirewallSpec: (once, beside_the_plugin_of),
    ControlPlaneSpec: (beside_the_plugin,),
}
"""The rules for each kind of section."""
