"""A Service: every field with its default and the reason for it."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ..config.forms import Whole, matching
from ..config.section import Section, ask
from ..config.wording import shown
from ..facts.choices import Protocol, Scheme
from ..facts.families import Family
from ..facts.ports import NODE_PORTS
from ..facts.versions import NEWEST, OLDEST, Minor
from .labels import LabelKey, LabelValue
from .ranges import AnyRange
from .values import EXAMPLE_VERSIONS, DnsName, Port, Version, sound_minor

CONTROLLER = "service.beta.kubernetes.io/aws-load-balancer-"
"""The prefix of annotations for the AWS Load Balancer Controller.
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/"""

PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
"""The form of a container port's name."""

PORT_NUMBER = re.compile(r"[0-9]{1,5}")


class ServiceType(StrEnum):
    """How a Service is reached."""

    CLUSTER_IP = "ClusterIP"
    HEADLESS = "Headless"
    """A ClusterIP Service without an address. Its name resolves to the addresses of its pods."""
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_NAME = "ExternalName"


class FamilyPolicy(StrEnum):
    """How many families a Service has."""

    SINGLE_STACK = "SingleStack"
    PREFER_DUAL_STACK = "PreferDualStack"
    REQUIRE_DUAL_STACK = "RequireDualStack"


def _families(value: list[Family]) -> list[Family]:
    if not value or len(value) != len(set(value)):
        written = ", ".join(value)
        raise ValueError(
            f"[{written}] is no choice of families; write [IPv4], [IPv6], [IPv4, IPv6] or [IPv6, IPv4], the primary first"
        )
    return value


def _node_port(value: int) -> int:
    if value not in NODE_PORTS:
        raise ValueError(
            f"{shown(value)} is not among the node ports; write {NODE_PORTS[0]} to {NODE_PORTS[-1]}, or leave it out"
        )
    return value


def _target_port(value: Any) -> Any:
    """A port number, also one written as text, or a port name."""
    given = int(value) if isinstance(value, str) and PORT_NUMBER.fullmatch(value) else value
    match given:
        case bool():
            pass
        case int() | float() if 1 <= given <= 65535 and given == int(given):
            return int(given)
        case str() if PORT_NAME.fullmatch(given):
            return given
        case _:
            pass
    raise ValueError(
        f"{shown(value)} is no port of a container; write 1 to 65535, or its name of at most 15 lower-case letters, "
        "digits and single hyphens"
    )


ServiceName = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "the name of a Service: at most 63 lower-case letters, digits and hyphens that start with a letter and end with no hyphen",
    ),
]
DnsWord = Annotated[
    str,
    matching(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a name of at most 63 lower-case letters, digits and hyphens that starts and ends with no hyphen",
    ),
]
Families = Annotated[list[Family], AfterValidator(_families)]
NodePort = Annotated[Whole, AfterValidator(_node_port)]
TargetPort = Annotated[int | str, BeforeValidator(_target_port)]


class ServicePortSection(Section):
    """A port of a Service."""

    name: DnsWord | None = None
    """The port's name, required if there are several ports."""
    port: Port = ask("choose the port that clients use, like 80")
    """The port that clients use."""
    target_port: TargetPort | None = None
    """The container's port, a number or a name. By default the same as `port`."""
    protocol: Protocol = Protocol.TCP
    """The port's protocol."""
    node_port: NodePort | None = None
    """The port on every node. By default the API server assigns one, so that no two Services conflict."""


class ServiceLoadBalancerSection(Section):
    """The network load balancer of a Service. It always has addresses of both families."""

    scheme: Scheme = Scheme.INTERNAL
    """Whether the load balancer has public addresses. Internal by default: a public address is a decision."""
    source_ranges: list[AnyRange] = []
    """Ranges that may reach it, in both families. By default all ranges that have a route, as everywhere in Kubernetes."""


class ServiceSpec(Section):
    """A Service, in the terms of the newest Kubernetes."""

    name: ServiceName = ask("name the Service, like web")
    """The Service's name."""
    namespace: DnsWord | None = None
    """The Service's namespace. By default the one that the provider or kubectl uses."""
    kubernetes_version: Version = ask(
        f'say which Kubernetes the cluster runs, "1.{OLDEST}" to "1.{NEWEST}"',
        examples=EXAMPLE_VERSIONS,
    )
    """The Kubernetes version of the cluster."""
    type: ServiceType = ServiceType.CLUSTER_IP
    """How the Service is reached. A Headless Service has no address: its name resolves to those of its pods."""
    ip_families: Families | None = None
    """One family, or both with the primary first. By default the cluster's own order."""
    ip_family_policy: FamilyPolicy | None = None
    """The family policy. By default SingleStack for one family, RequireDualStack for two, and PreferDualStack if
    `ipFamilies` is not set."""
    selector: dict[LabelKey, LabelValue] = {}
    """Labels of its pods. A Service without a selector has only the endpoints of EndpointSlices that others write."""
    ports: list[ServicePortSection] = []
    """Its ports. Only a Headless or an ExternalName Service can have none."""
    external_name: DnsName | None = None
    """The DNS name that a Service of type ExternalName is an alias of."""
    load_balancer: ServiceLoadBalancerSection | None = None
    """Settings of the load balancer, for a Service of type LoadBalancer."""
    labels: dict[LabelKey, LabelValue] = {}
    """Its labels."""
    annotations: dict[LabelKey, str] = {}
    """Its annotations, beside those for the load balancer."""

    @property
    def kubernetes(self) -> Minor:
        """The row of the cluster's minor. Without one the value is unsound: the rules report the version itself."""
        return sound_minor(self.kubernetes_version)

    @property
    def policy(self) -> FamilyPolicy | None:
        """The family policy of the manifest. None for a Service without addresses, and before Kubernetes had policies.

        It is always written where Kubernetes has it. From 1.23 on Kubernetes refuses two families without a policy (#96684),
        and gives a Service without policy and families a single family.
        """
        if self.type is ServiceType.EXTERNAL_NAME or not self.kubernetes.services_have_two_families:
            return None
        if self.ip_family_policy:
            return self.ip_family_policy
        match self.ip_families:
            case None:
                return FamilyPolicy.PREFER_DUAL_STACK
            case [_]:
                return FamilyPolicy.SINGLE_STACK
            case _:
                return FamilyPolicy.REQUIRE_DUAL_STACK

    @property
    def controller_annotations(self) -> dict[str, str]:
        """Annotations for the AWS Load Balancer Controller: a network load balancer with addresses of both families.

        The controller registers IPv6 targets if the Service has an IPv6 address, else IPv4 targets, and never both. The targets
        are instances with their node ports, because the VPC does not know the addresses of an overlay's pods.
        """
        if self.type is not ServiceType.LOAD_BALANCER:
            return {}
        balancer = self.load_balancer or ServiceLoadBalancerSection()
        annotations = {
            "type": "external",
            "nlb-target-type": "instance",
            "ip-address-type": "dualstack",
            "scheme": balancer.scheme.value,
        }
        if any(port.protocol is Protocol.UDP for port in self.ports):
            # A dual-stack UDP listener needs a prefix for source addresses: AWS requires it.
            annotations["enable-prefix-for-ipv6-source-nat"] = "on"
        return {f"{CONTROLLER}{word}": value for word, value in annotations.items()}
