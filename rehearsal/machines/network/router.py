"""A VPC: a router with a link to each machine and load balancer. Amazon's own network has no broadcast domain either.

Every packet between two machines crosses the router and its filter. A machine sees its subnet as on AWS: the router answers
ARP for the IPv4 neighbours, the IPv6 address is a /128, and the default gateway is fe80::1.
"""

import json
from collections.abc import Iterable, Sequence

from ..ledger import PREFIX, Ledger
from ..view.survey import GroupView, SubnetView, VpcView
from . import internet
from .namespaces import Namespace
from .packet_filter import UPLINK, Port, ruleset

METADATA = ("169.254.169.254", "fd00:ec2::254")
RESOLVER = ("169.254.169.253", "fd00:ec2::253")

INSIDE_MTU = 9001
"""The MTU of links in a VPC. To the internet it is 1500."""


class Router:
    """The router of one VPC, in a separate namespace."""

    def __init__(self, vpc: VpcView, ledger: Ledger) -> None:
        self.id = vpc.id
        self.namespace = Namespace(f"{PREFIX}{vpc.id}")
        self._ledger = ledger
        self._uplink = f"v-{vpc.id[-8:]}"
        self._rules = ""
        self._led: set[str] = set()
        self._addresses: set[str] = set()
        if self.namespace.is_whole:
            self.namespace.end_processes()
        else:
            self.remove()
            self._make(vpc)

    def links(self) -> set[str]:
        listed = self.namespace.run("ip", "-json", "link", "show")
        return {link["ifname"] for link in json.loads(listed)}

    def _make(self, vpc: VpcView) -> None:
        self.namespace.make(self._ledger)
        self.namespace.set(
            "net.ipv4.ip_forward=1",
            "net.ipv6.conf.all.forwarding=1",
            # To an ARP request for a machine's address the router answers with its own hardware address.
            "net.ipv4.conf.default.proxy_arp=1",
        )
        self.namespace.ip(
            *(
                f"addr add {address} dev lo nodad"
                for address in (*METADATA, *RESOLVER, vpc.resolver)
            ),
            # Packets to an unused address are dropped, and do not go to the internet.
            f"route add blackhole {vpc.ipv4}",
            *(f"route add blackhole {block}" for block in vpc.ipv6),
            f"link add {UPLINK} type veth peer name {self._uplink} netns {internet.INTERNET.name}",
            f"addr add fe80::2/64 dev {UPLINK} nodad",
            f"link set {UPLINK} up",
            f"route add 0.0.0.0/0 via inet6 fe80::1 dev {UPLINK}",
            f"route add ::/0 via fe80::1 dev {UPLINK}",
        )
        internet.INTERNET.ip(
            f"addr add fe80::1/64 dev {self._uplink} nodad", f"link set {self._uplink} up"
        )
        self.namespace.mark_whole()

    def attach(self, namespace: Namespace, port: Port, subnet: SubnetView, mac: str = "") -> None:
        """Connect a namespace's eth0. It gets the addresses of the port, and the subnet's router as the gateway."""
        if port.link in self.links():
            return
        namespace.make(self._ledger)
        hardware = f"address {mac} " if mac else ""
        self.namespace.ip(
            f"link add {port.link} mtu {INSIDE_MTU} type veth"
            f" peer name eth0 {hardware}mtu {INSIDE_MTU} netns {namespace.name}",
            f"addr add fe80::1/64 dev {port.link} nodad",
            f"link set {port.link} up",
            *(f"route add {address}/32 dev {port.link}" for address in port.ipv4),
            *(f"route add {address}/128 dev {port.link}" for address in port.ipv6),
        )
        # By default the kernel delays proxy ARP answers by up to a second.
        self.namespace.set(f"net.ipv4.neigh.{port.link}.proxy_delay=0")
        if subnet.router not in self._addresses:
            self.namespace.ip(f"addr replace {subnet.router}/32 dev lo")
            self._addresses.add(subnet.router)
        namespace.ip(
            *(f"addr add {address}/{subnet.ipv4.prefixlen} dev eth0" for address in port.ipv4),
            *(f"addr add {address}/128 dev eth0 nodad" for address in port.ipv6),
            "link set eth0 up",
            f"route add default via {subnet.router} dev eth0 onlink",
            "route add default via fe80::1 dev eth0",
        )

    def remove(self) -> None:
        """Remove the router, with every link to it."""
        name = self.namespace.name
        self._ledger.undo(lambda entry: entry.name == name)

    def detach(self, link: str) -> None:
        if link in self.links():
            self.namespace.ip(f"link delete {link}")

    def enforce(
        self, ports: Iterable[Port], groups: dict[str, GroupView], subnets: Sequence[SubnetView]
    ) -> None:
        """Replace the packet filter, if its rules have changed."""
        rules = ruleset(list(ports), groups, subnets)
        if rules != self._rules:
            self.namespace.run("nft", "--file", "-", text=rules)
            self._rules = rules

    def lead(self, vpc: VpcView, ports: Sequence[Port]) -> None:
        """Add routes from the internet to the VPC's public addresses, and from this host to the addresses that it may reach."""
        # This host reaches private addresses as an operator's network does that is joined to the VPC.
        for address in {a for port in ports for a in port.joined} - self._led:
            internet.INTERNET.ip(f"route replace {address}/32 via inet6 fe80::2 dev {self._uplink}")
            internet.lead_host_to(f"{address}/32")
            self._led.add(address)
        ways = [port.ipv4_way for port in ports if port.ipv4_way not in ("", "internet")]
        public = {address for port in ports for _, address in port.public} | set(ways)
        for address in sorted(public - self._led):
            internet.INTERNET.ip(f"route replace {address}/32 via inet6 fe80::2 dev {self._uplink}")
            self._led.add(address)
        for block in vpc.ipv6:
            if str(block) not in self._led:
                internet.INTERNET.ip(f"route replace {block} via fe80::2 dev {self._uplink}")
                internet.lead_host_to(str(block))
                self._led.add(str(block))
