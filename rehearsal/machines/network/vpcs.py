"""The networks of all VPCs, reconciled with AWS."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ..fleet import Fleet
from ..ledger import Ledger
from ..view.metadata_source import MetadataSource
from ..view.survey import BalancerView, InstanceView, Survey, VpcView
from .imds import MetadataService
from .load_balancer import Place, Proxy, configuration
from .packet_filter import Port
from .resolver import Resolver
from .router import METADATA, RESOLVER, Router


class Site:
    """One VPC: its router, its resolver and its metadata service."""

    def __init__(
        self, vpc: VpcView, folder: Path, ledger: Ledger, metadata: MetadataSource
    ) -> None:
        self.router = Router(vpc, ledger)
        space = self.router.namespace
        self.resolver = Resolver(space, folder / vpc.id, (*RESOLVER, vpc.resolver))
        listeners = [space.listen(address, 80) for address in METADATA]
        self.metadata = MetadataService(metadata.of_vpc(vpc.id), listeners)

    def stop(self) -> None:
        self.metadata.stop()
        self.resolver.stop()
        self.router.remove()


class VpcNetworks:
    """The networks of every VPC that has machines or load balancers."""

    def __init__(self, folder: Path, ledger: Ledger, metadata: MetadataSource) -> None:
        self._folder, self._ledger, self._metadata = folder, ledger, metadata
        self._sites: dict[str, Site] = {}
        self._proxies: dict[str, Proxy] = {}
        self.hosts = folder / "hosts"
        """The names of load balancers as this host must resolve them, in the form of /etc/hosts."""

    def follow(self, found: Survey, fleet: Fleet) -> None:
        """Reconcile links, rules, names and load balancers with a survey."""
        groups = {group.id: group for group in found.groups}
        for vpc in found.vpcs:
            if vpc.id not in self._sites:
                self._sites[vpc.id] = Site(vpc, self._folder, self._ledger, self._metadata)
            site = self._sites[vpc.id]
            ports = list(self._connect(site, vpc, found, fleet))
            site.router.enforce(ports, groups, vpc.subnets)
            site.router.lead(vpc, ports)
            site.resolver.configure(_names(vpc, found))
        self._serve(found)
        self._drop(found)
        self._name_balancers(found)

    def detach(self, link: str) -> None:
        for site in self._sites.values():
            site.router.detach(link)

    def stop(self) -> None:
        for proxy in self._proxies.values():
            proxy.stop()
        for site in self._sites.values():
            site.stop()

    def _connect(self, site: Site, vpc: VpcView, found: Survey, fleet: Fleet) -> Iterator[Port]:
        for instance in found.instances_of(vpc):
            machine = fleet.machine(instance.id)
            subnet = found.subnet(instance.subnet)
            port = machine_port(machine.link, instance, found)
            site.router.attach(machine.namespace, port, subnet, instance.mac)
            yield port
        for balancer in found.balancers_of(vpc):
            proxy = self._proxies.get(balancer.id) or Proxy(balancer, self._folder)
            self._proxies[balancer.id] = proxy
            port = balancer_port(proxy.link, balancer, found)
            site.router.attach(proxy.namespace, port, found.subnet(balancer.subnets[0]))
            yield port

    def _serve(self, found: Survey) -> None:
        for balancer in found.balancers:
            text = configuration(balancer, balancer_places(balancer, found), found.by_id)
            proxy = self._proxies[balancer.id]
            proxy.configure(text)
            proxy.end_drained({listener.port: listener.draining for listener in balancer.listeners})

    def _drop(self, found: Survey) -> None:
        present = {balancer.id for balancer in found.balancers}
        for gone in self._proxies.keys() - present:
            proxy = self._proxies.pop(gone)
            proxy.stop()
            self.detach(proxy.link)
            name = proxy.namespace.name
            self._ledger.undo(lambda entry, name=name: entry.name == name)
        for gone in self._sites.keys() - {vpc.id for vpc in found.vpcs}:
            self._sites.pop(gone).stop()

    def _name_balancers(self, found: Survey) -> None:
        names = [
            f"{address} {balancer.host}\n"
            for balancer in found.balancers
            for address in known_addresses(balancer, found)
        ]
        text = "127.0.0.1 localhost\n::1 localhost\n" + "".join(names)
        # Written in place: the file is bind-mounted as /etc/hosts, and such a mount would keep showing a replaced file.
        if not self.hosts.exists() or self.hosts.read_text() != text:
            self.hosts.parent.mkdir(parents=True, exist_ok=True)
            self.hosts.write_text(text)


def machine_port(link: str, instance: InstanceView, found: Survey) -> Port:
    """The router's link to a machine."""
    subnet = found.subnet(instance.subnet)
    public = ((instance.ipv4, instance.public_ipv4),) if instance.public_ipv4 else ()
    return Port(
        link=link,
        ipv4=(instance.ipv4,),
        ipv6=(instance.ipv6,) if instance.ipv6 else (),
        groups=instance.groups,
        ipv4_way=subnet.ipv4_way,
        ipv6_way=subnet.ipv6_way,
        public=public if subnet.ipv4_way == "internet" else (),
        checks_source=instance.checks_source,
    )


def balancer_port(link: str, balancer: BalancerView, found: Survey) -> Port:
    """The router's link to a load balancer."""
    ipv4, ipv6 = _addresses(balancer, found)
    subnet = found.subnet(balancer.subnets[0])
    return Port(
        link=link,
        ipv4=tuple(ipv4),
        ipv6=tuple(ipv6),
        groups=balancer.groups,
        ipv4_way=subnet.ipv4_way,
        ipv6_way=subnet.ipv6_way,
        public=() if balancer.internal else tuple(zip(ipv4, _public(balancer), strict=True)),
        joined=tuple(ipv4) if balancer.internal else (),
    )


def balancer_places(balancer: BalancerView, found: Survey) -> list[Place]:
    """The load balancer's addresses in each of its subnets: from the upper half, derived from its id, and so always the same."""
    number = int(hashlib.sha256(balancer.id.encode()).hexdigest()[:12], 16)
    places = []
    for subnet in map(found.subnet, balancer.subnets):
        half = subnet.ipv4.num_addresses // 2
        block = subnet.ipv6 if balancer.dual_stack else None
        ipv6 = str(block[0x1000000000000 + number]) if block else ""
        places.append((str(subnet.ipv4[half + number % (half - 2)]), ipv6))
    return places


def _addresses(balancer: BalancerView, found: Survey) -> tuple[list[str], list[str]]:
    places = balancer_places(balancer, found)
    return [ipv4 for ipv4, _ in places], [ipv6 for _, ipv6 in places if ipv6]


def known_addresses(balancer: BalancerView, found: Survey) -> list[str]:
    """The addresses that everybody resolves the load balancer's name to."""
    ipv4, ipv6 = _addresses(balancer, found)
    return [*(ipv4 if balancer.internal else _public(balancer)), *ipv6]


def _public(balancer: BalancerView) -> list[str]:
    """Public addresses of an internet-facing load balancer, in the half of the public range from which nothing else gets any."""
    number = int(hashlib.sha256(balancer.id.encode()).hexdigest()[12:16], 16) % 64000
    return [
        f"198.19.{(number + index) // 256}.{(number + index) % 256}"
        for index, _ in enumerate(balancer.subnets)
    ]


def _names(vpc: VpcView, found: Survey) -> Iterator[tuple[str, list[str]]]:
    for instance in found.instances_of(vpc):
        yield instance.host, [instance.ipv4, instance.ipv6]
    for balancer in found.balancers:
        yield balancer.host, known_addresses(balancer, found)
