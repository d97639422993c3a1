"""Rules for Services: what the API of a minor refuses, and what would make a load balancer unreachable in one family."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..config.wording import path_of
from ..facts.choices import FamilyPolicy, ServiceType
from ..spec.ranges import EXAMPLES, left_out
from ..spec.service import ServiceSpec
from ..spec.service_load_balancer import ATTRIBUTES, ServiceLoadBalancerSection
from ..spec.values import port_range
from .cluster import unknown_version

MIXED_PROTOCOLS = 24
"""The first minor in which a load balancer may have both TCP and UDP: the gate MixedProtocolLBService is on from there."""

NODE_PORT_TYPES = (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)
PORTLESS_TYPES = (ServiceType.HEADLESS, ServiceType.EXTERNAL_NAME)


def version(service: ServiceSpec) -> Iterator[Fault]:
    """The Service's minor must have a row in the table of versions."""
    if message := unknown_version(service.kubernetes_version):
        yield Fault("kubernetesVersion", message)


def families_and_policy(service: ServiceSpec) -> Iterator[Fault]:
    """The policy SingleStack allows only one family."""
    if (
        service.type is ServiceType.EXTERNAL_NAME
        or not service.kubernetes.services_have_two_families
    ):
        return
    match service.ip_family_policy, service.ip_families:
        case FamilyPolicy.SINGLE_STACK, [first, _]:
            yield Fault(
                "ipFamilyPolicy",
                f"SingleStack is one family, and ipFamilies names two; write RequireDualStack, or name {first} alone",
            )
        case _:
            pass


def one_family_of_old(service: ServiceSpec) -> Iterator[Fault]:
    """Up to 1.19 a Service must have one family and no policy for two."""
    minor = service.kubernetes
    if minor.services_have_two_families or service.type is ServiceType.EXTERNAL_NAME:
        return
    with suppress(Unsound):
        if len(service.ip_families or ()) > 1:
            yield Fault(
                "ipFamilies",
                f"a Service of {minor.name} has one family (two come with 1.20); write a Service for each",
            )
    with suppress(Unsound):
        if service.ip_family_policy not in (None, FamilyPolicy.SINGLE_STACK):
            yield Fault(
                "ipFamilyPolicy",
                f"{service.ip_family_policy} comes with 1.20, and this is {minor.name}, where a Service has one family; "
                "leave it out, and write a Service for each",
            )


def external_name(service: ServiceSpec) -> Iterator[Fault]:
    """A Service of type ExternalName must have an external name and no families. Other types must have no external name."""
    if service.type is not ServiceType.EXTERNAL_NAME:
        if service.external_name:
            yield Fault(
                "externalName",
                f"{service.external_name} belongs to type ExternalName, and this is {service.type}; change the type, or leave it out",
            )
        return
    with suppress(Unsound):
        if not service.external_name:
            yield Fault(
                "externalName",
                "missing: name what this Service is another name of, like db.example.com",
            )
    for field, value in (("ipFamilies", "ip_families"), ("ipFamilyPolicy", "ip_family_policy")):
        with suppress(Unsound):
            if getattr(service, value):
                yield Fault(
                    field,
                    "a Service of type ExternalName has no address, so the API takes no family for it; leave it out",
                )


def some_port(service: ServiceSpec) -> Iterator[Fault]:
    """A Service with an address must have a port."""
    if not service.ports and service.type not in PORTLESS_TYPES:
        yield Fault(
            "ports", f"it is empty; a Service of type {service.type} needs one at least, like 80"
        )


def port_names(service: ServiceSpec) -> Iterator[Fault]:
    """Several ports must have names, each a different one."""
    names: Counter[str] = Counter()
    for index, port in enumerate(service.ports):
        with suppress(Unsound):
            if port.name is None and len(service.ports) > 1:
                yield Fault(f"ports[{index}].name", "missing: several ports need names that differ")
            elif port.name is not None:
                names[port.name] += 1
    for name, count in names.items():
        if count > 1:
            yield Fault("ports", f"{count} are named {name}; name each differently")


def same_ports(service: ServiceSpec) -> Iterator[Fault]:
    """Ports of one protocol must differ, as must their ports on the nodes."""
    for what in ("port", "node_port"):
        seen: Counter[str] = Counter()
        for port in service.ports:
            with suppress(Unsound):
                if number := getattr(port, what):
                    seen[f"{number}/{port.protocol}"] += 1
        for number, count in seen.items():
            if count > 1:
                kind = "node port" if what == "node_port" else "port"
                yield Fault(
                    "ports", f"the {kind} {number} is there {count} times; it can be there once"
                )


def among_node_ports(service: ServiceSpec) -> Iterator[Fault]:
    """A port on the nodes must be among the cluster's node ports: the API server and the firewall know no other."""
    if service.type not in NODE_PORT_TYPES:
        return
    chosen = port_range(service.node_port_range)
    given: list[tuple[str, int | None]] = []
    for index, port in enumerate(service.ports):
        with suppress(Unsound):
            given.append((f"ports[{index}].nodePort", port.node_port))
    with suppress(Unsound):
        given.append(("healthCheckNodePort", service.health_check_node_port))
    for path, number in given:
        if number is not None and number not in chosen:
            yield Fault(
                path,
                f"{number} is not among the node ports; write {chosen[0]} to {chosen[-1]}, or leave it out",
            )


def node_ports(service: ServiceSpec) -> Iterator[Fault]:
    """Only the types NodePort and LoadBalancer may choose a port on the nodes."""
    if service.type in NODE_PORT_TYPES:
        return
    for index, port in enumerate(service.ports):
        with suppress(Unsound):
            if port.node_port:
                yield Fault(
                    f"ports[{index}].nodePort",
                    f"a Service of type {service.type} has no port on nodes; leave it out, or write type NodePort",
                )


def load_balancer(service: ServiceSpec) -> Iterator[Fault]:
    """Only the type LoadBalancer may have settings for a load balancer."""
    if service.load_balancer and service.type is not ServiceType.LOAD_BALANCER:
        yield Fault(
            "loadBalancer",
            f"a Service of type {service.type} has none; write type LoadBalancer, or leave it out",
        )


def mixed_protocols(service: ServiceSpec) -> Iterator[Fault]:
    """A load balancer with two protocols needs 1.24 or later."""
    if service.type is not ServiceType.LOAD_BALANCER or service.kubernetes.minor >= MIXED_PROTOCOLS:
        return
    protocols = sorted({port.protocol for port in service.ports})
    if len(protocols) > 1:
        yield Fault(
            "ports",
            f"{' and '.join(protocols)} in one load balancer come with 1.24, and this is {service.kubernetes.name}; "
            "write a Service for each",
        )


def written_annotations(service: ServiceSpec) -> Iterator[Fault]:
    """Annotations must not repeat those that this program writes for the load balancer."""
    written = service.controller_annotations
    for key in service.annotations:
        if key in written:
            cure = "leave it out, and say in loadBalancer what you want"
            if key == ATTRIBUTES:
                # Of its attributes loadBalancer has this one alone.
                cure = f"leave preserveClientIp out, and write {written[key]} into this one, beside its other attributes"
            yield Fault(path_of(("annotations", key)), f"it is written for you; {cure}")


def source_families(load_balancer: ServiceLoadBalancerSection) -> Iterator[Fault]:
    """Source ranges must contain both families: clients of a missing family could not reach the load balancer."""
    if not load_balancer.source_ranges:
        return
    for family in left_out(load_balancer.source_ranges):
        yield Fault(
            "sourceRanges",
            f"no {family} range may reach the load balancer, which has both families; name at least one, like {EXAMPLES[family]}",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ServiceSpec: (
        version,
        families_and_policy,
        one_family_of_old,
        external_name,
        some_port,
        port_names,
        same_ports,
        node_ports,
        among_node_ports,
        load_balancer,
        mixed_protocols,
        written_annotations,
    ),
    ServiceLoadBalancerSection: (source_families,),
}
"""The rules for each kind of section."""
