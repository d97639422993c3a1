"""Rules for the traffic of a Service: what the API of a minor refuses or drops, and what would have no effect."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.choices import FamilyPolicy, ServiceType, SessionAffinity, TrafficPolicy
from ..facts.families import Family
from ..facts.service_fields import FIRST_DISTRIBUTIONS, FIRST_MINORS
from ..spec.service import ServiceSpec

OF_LOAD_BALANCERS = {
    "allocateLoadBalancerNodePorts": "allocate_load_balancer_node_ports",
    "loadBalancerClass": "load_balancer_class",
}
OF_PROXIES = {
    "internalTrafficPolicy": "internal_traffic_policy",
    "trafficDistribution": "traffic_distribution",
    "externalIps": "external_ips",
}
"""Fields that nodes act on when they forward the packets of a Service's own address."""

FROM_OUTSIDE = (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)
WITHOUT_PROXY = {
    ServiceType.HEADLESS: "its clients connect to pods themselves",
    ServiceType.EXTERNAL_NAME: "it is a name alone",
}


def later_fields(service: ServiceSpec) -> Iterator[Fault]:
    """Fields must exist in the Service's minor: an older API server drops them without a word."""
    fields = {**OF_LOAD_BALANCERS, **OF_PROXIES}
    for field, first in FIRST_MINORS.items():
        with suppress(Unsound):
            if field in fields and getattr(service, fields[field]) is not None:
                yield from _too_early(service, field, field, first)
    for index, port in enumerate(service.ports):
        with suppress(Unsound):
            if port.app_protocol:
                path = f"ports[{index}].appProtocol"
                yield from _too_early(service, path, "appProtocol", FIRST_MINORS["appProtocol"])


def later_distributions(service: ServiceSpec) -> Iterator[Fault]:
    """PreferSameZone and PreferSameNode came later than PreferClose, which means the same as the first."""
    distribution, field = service.traffic_distribution, "trafficDistribution"
    if distribution and service.kubernetes.minor >= FIRST_MINORS[field]:
        yield from _too_early(service, field, distribution, FIRST_DISTRIBUTIONS[distribution])


def _too_early(service: ServiceSpec, path: str, what: str, first: int) -> Iterator[Fault]:
    if service.kubernetes.minor < first:
        yield Fault(
            path,
            f"{what} is there from 1.{first} on, and an API server of {service.kubernetes.name} drops it without a word; "
            "leave it out",
        )


def external_traffic(service: ServiceSpec) -> Iterator[Fault]:
    """A policy for traffic from outside needs a way in from outside."""
    if service.external_traffic_policy is None or service.type in FROM_OUTSIDE:
        return
    if service.type is ServiceType.CLUSTER_IP and service.external_ips:
        return
    yield Fault(
        "externalTrafficPolicy",
        f"{service.external_traffic_policy} is about traffic from outside, and a Service of type {service.type} lets none in; "
        "leave it out, or write type NodePort or LoadBalancer",
    )


def without_effect(service: ServiceSpec) -> Iterator[Fault]:
    """A Service whose packets no node forwards takes no settings for that."""
    why = WITHOUT_PROXY.get(service.type)
    if why is None:
        return
    for field, name in OF_PROXIES.items():
        with suppress(Unsound):
            if getattr(service, name):
                yield _idle(service, field, why)
    with suppress(Unsound):
        if service.session_affinity is SessionAffinity.CLIENT_IP:
            yield _idle(service, "sessionAffinity", why)
    with suppress(Unsound):
        if service.type is ServiceType.EXTERNAL_NAME and service.publish_not_ready_addresses:
            yield _idle(service, "publishNotReadyAddresses", why)


def _idle(service: ServiceSpec, field: str, why: str) -> Fault:
    return Fault(
        field, f"it has no effect on a Service of type {service.type}, because {why}; leave it out"
    )


def session(service: ServiceSpec) -> Iterator[Fault]:
    """A timeout of sessions needs sessions."""
    seconds = service.session_timeout_seconds
    if seconds is not None and service.session_affinity is not SessionAffinity.CLIENT_IP:
        yield Fault(
            "sessionTimeoutSeconds",
            f"{seconds} has no effect without sessions; write sessionAffinity: ClientIP, or leave it out",
        )


def of_load_balancers(service: ServiceSpec) -> Iterator[Fault]:
    """Some fields are for the type LoadBalancer alone: the API refuses them elsewhere."""
    if service.type is ServiceType.LOAD_BALANCER:
        return
    for field, name in OF_LOAD_BALANCERS.items():
        with suppress(Unsound):
            if getattr(service, name) is not None:
                yield Fault(
                    field,
                    f"a Service of type {service.type} has no load balancer; leave it out, or write type LoadBalancer",
                )


def health_check_node_port(service: ServiceSpec) -> Iterator[Fault]:
    """Only nodes of a load balancer that tell apart whether they have a pod answer on such a port, and it must be free."""
    port = service.health_check_node_port
    if port is None:
        return
    local = service.external_traffic_policy is TrafficPolicy.LOCAL
    if service.type is not ServiceType.LOAD_BALANCER or not local:
        yield Fault(
            "healthCheckNodePort",
            f"nodes answer at {port} only for type LoadBalancer with externalTrafficPolicy Local; write both, or leave it out",
        )
    for index, other in enumerate(service.ports):
        with suppress(Unsound):
            if other.node_port == port:
                yield Fault(
                    "healthCheckNodePort",
                    f"{port} is the node port of ports[{index}] too; choose another, or leave it out",
                )


def fixed_addresses(service: ServiceSpec) -> Iterator[Fault]:
    """Fixed addresses must be of the Service's families, in their order."""
    addresses = service.cluster_ips
    if not addresses:
        return
    if service.type in WITHOUT_PROXY:
        yield Fault("clusterIps", f"a Service of type {service.type} has no address; leave it out")
        return
    families = [Family(f"IPv{ip_address(address).version}") for address in addresses]
    if len(families) > len(set(families)):
        yield Fault(
            "clusterIps",
            f"{', '.join(addresses)} are of one family; name at most one address of each family",
        )
        return
    if len(families) > 1 and not service.kubernetes.services_have_two_families:
        yield Fault(
            "clusterIps",
            f"a Service of {service.kubernetes.name} has one address (two come with 1.20); name one",
        )
        return
    if len(families) > 1 and service.ip_family_policy is FamilyPolicy.SINGLE_STACK:
        yield Fault(
            "clusterIps",
            f"{', '.join(addresses)} are of two families, and ipFamilyPolicy SingleStack is one; name one address",
        )
    wanted = service.ip_families
    if wanted and wanted[: len(families)] != families:
        yield Fault(
            "clusterIps",
            f"{', '.join(addresses)} do not follow ipFamilies, [{', '.join(wanted)}]; name an address of {wanted[0]} first"
            + ("" if len(wanted) > 1 else ", and no other"),
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ServiceSpec: (
        later_fields,
        later_distributions,
        external_traffic,
        without_effect,
        session,
        of_load_balancers,
        health_check_node_port,
        fixed_addresses,
    ),
}
"""The rules for each kind of section."""
