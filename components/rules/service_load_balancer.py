"""Rules for the load balancer of a Service: what its controller or AWS would refuse or pass over."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.choices import HealthCheckProtocol, ServiceType, TrafficPolicy
from ..facts.families import Family
from ..spec.service import ServiceSpec
from ..spec.service_load_balancer import (
    CONTROLLER_CLASS,
    USUAL_INTERVAL,
    USUAL_TIMEOUT,
    USUAL_TIMEOUT_LOCAL,
    HealthCheckSection,
)
from .group_rules import MOST_RULES

OF_THE_CONTROLLER = {
    "scheme": "scheme",
    "preserveClientIp": "preserve_client_ip",
    "healthCheck": "health_check",
}
"""Settings that become annotations for the AWS Load Balancer Controller."""


def other_class(service: ServiceSpec) -> Iterator[Fault]:
    """With the class of another controller, settings for AWS's have no effect."""
    if service.type is not ServiceType.LOAD_BALANCER or service.by_our_controller:
        return
    balancer = service.load_balancer
    for field, name in OF_THE_CONTROLLER.items():
        if balancer and name in balancer.model_fields_set:
            yield Fault(
                f"loadBalancer.{field}",
                f"the AWS Load Balancer Controller reads it, which makes none of class {service.load_balancer_class}; "
                f"leave it out, or write loadBalancerClass: {CONTROLLER_CLASS}",
            )


def reachable_instances(service: ServiceSpec) -> Iterator[Fault]:
    """The controller reaches pods by node ports, so each port must have one."""
    if service.allocate_load_balancer_node_ports is not False or not service.by_our_controller:
        return
    for index, port in enumerate(service.ports):
        with suppress(Unsound):
            if port.node_port is None:
                yield Fault(
                    "allocateLoadBalancerNodePorts",
                    f"false leaves ports[{index}] without a node port, by which AWS's load balancers reach pods; "
                    "name its nodePort, or leave it out",
                )


def preserved_client(service: ServiceSpec) -> Iterator[Fault]:
    """The client's address cannot be dropped where something needs it."""
    balancer = service.load_balancer
    if not balancer or balancer.preserve_client_ip is not False:
        return
    if service.external_traffic_policy is TrafficPolicy.LOCAL and not service.has_udp:
        # Local has another use without the client: it spares the way to a second node.
        return
    if service.needs_client:
        yield Fault(
            "loadBalancer.preserveClientIp",
            f"false cannot be, because {service.needs_client}; leave it out",
        )


def health_check_port(service: ServiceSpec) -> Iterator[Fault]:
    """A health check by name asks one of the Service's ports."""
    port = service.load_balancer.health_check.port if service.load_balancer else None
    names = [each.name for each in service.ports]
    if isinstance(port, str) and port not in (*names, "traffic-port"):
        known = ", ".join(name for name in names if name) or "none of them has a name"
        yield Fault(
            "loadBalancer.healthCheck.port",
            f"no port of the Service is called {port} ({known}); write one of their names, or a port of the node",
        )


def health_check_times(service: ServiceSpec) -> Iterator[Fault]:
    """A check must end before the next begins. A time that is left out is the controller's own."""
    check = service.load_balancer.health_check if service.load_balancer else None
    if check is None or not service.by_our_controller:
        return
    if check.interval_seconds is None and check.timeout_seconds is None:
        return
    local = service.external_traffic_policy is TrafficPolicy.LOCAL
    interval = check.interval_seconds or USUAL_INTERVAL
    timeout = check.timeout_seconds or (USUAL_TIMEOUT_LOCAL if local else USUAL_TIMEOUT)
    if timeout <= interval:
        return
    if check.timeout_seconds is None:
        yield Fault(
            "loadBalancer.healthCheck.intervalSeconds",
            f"{interval} is less than timeoutSeconds, {timeout} where it is left out; raise it, or write timeoutSeconds too",
        )
    else:
        usual = "" if check.interval_seconds else " where it is left out"
        yield Fault(
            "loadBalancer.healthCheck.timeoutSeconds",
            f"{timeout} is more than intervalSeconds, {interval}{usual}; lower it, or raise the interval",
        )


def rules_of_the_group(service: ServiceSpec) -> Iterator[Fault]:
    """The controller makes a rule of each range for each port in one security group.

    https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/service/model_build_managed_sg.go
    """
    ranges = service.load_balancer.source_ranges if service.load_balancer else []
    if not service.by_our_controller:
        return
    ports = {(port.protocol, port.port) for port in service.ports}
    for family in Family:
        count = sum(one.version == family.version for one in ranges)
        if count * len(ports) > MOST_RULES:
            yield Fault(
                "loadBalancer.sourceRanges",
                f"{count} {family} ranges for each of {len(ports)} ports are {count * len(ports)} rules, and a security group takes "
                f"{MOST_RULES}; write at most {MOST_RULES // len(ports)}, by joining neighbours",
            )


def health_check_http(check: HealthCheckSection) -> Iterator[Fault]:
    """A TCP check asks for no path and gets no status."""
    if check.protocol is not HealthCheckProtocol.TCP:
        return
    for field, value in (("path", check.path), ("successCodes", check.success_codes)):
        if value is not None:
            yield Fault(
                field,
                f"{value} has no effect in a check over TCP; write protocol: HTTP, or leave it out",
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    ServiceSpec: (
        other_class,
        reachable_instances,
        preserved_client,
        health_check_port,
        health_check_times,
        rules_of_the_group,
    ),
    HealthCheckSection: (health_check_http,),
}
"""The rules for each kind of section."""
