"""A Service: every field with its default and the reason for it."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from ..config.forms import AS_GIVEN, OR_OUTPUT, Whole, distinct, matching
from ..config.section import Section, ask
from ..config.wording import shown
from ..facts.choices import (
    FamilyPolicy,
    Protocol,
    ServiceType,
    SessionAffinity,
    TrafficDistribution,
    TrafficPolicy,
)
from ..facts.families import Family
from ..facts.versions import NEWEST, OLDEST, Minor
from .labels import QUALIFIED_NAME, LabelKey, LabelValue
from .service_load_balancer import (
    ATTRIBUTES,
    CONTROLLER,
    CONTROLLER_CLASS,
    PRESERVED,
    ServiceLoadBalancerSection,
)
from .service_ports import DnsWord, NodePort, ServicePortSection
from .values import (
    EXAMPLE_VERSIONS,
    USUAL_NODE_PORTS,
    DnsName,
    NodePorts,
    Version,
    sound_minor,
)

FILTERING_BALANCERS = 22
"""The first minor with a controller (from 2.6) whose network load balancers have security groups.
https://github.com/kubernetes-sigs/aws-load-balancer-controller/releases/tag/v2.6.0"""


def _families(value: list[Family]) -> list[Family]:
    if not value or len(value) != len(set(value)):
        written = ", ".join(value)
        raise ValueError(
            f"[{written}] is no choice of families; write [IPv4], [IPv6], [IPv4, IPv6] or [IPv6, IPv4], the primary first"
        )
    return value


def _address(value: Any) -> str:
    """An address in its one usual spelling; the API of new minors refuses others."""
    try:
        address = ip_address(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f"{shown(value)} is no address; write one like 203.0.113.9 or 2001:db8::9"
        ) from None
    if reason := _unusable(address):
        raise ValueError(f"{value} is {reason}; write an address that a packet can be sent to")
    return str(address)


def _unusable(address: IPv4Address | IPv6Address) -> str:
    """Why the API takes no Service at an address; empty if it does."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return "an IPv4 address written as IPv6"
    for kind in ("unspecified", "loopback", "link_local", "multicast"):
        if getattr(address, f"is_{kind}"):
            return kind.replace("_", "-")
    return ""


ServiceName = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "the name of a Service: at most 63 lower-case letters, digits and hyphens that start with a letter and end with no hyphen",
    ),
]
ServiceAddress = Annotated[str, BeforeValidator(_address)]
ServiceAddresses = Annotated[list[ServiceAddress], distinct("address")]
ClassName = Annotated[
    str, matching(QUALIFIED_NAME, "a class of load balancers; write one like service.k8s.aws/nlb")
]
SessionTimeout = Annotated[Whole, Field(ge=1, le=86400)]
GivenLabel = Annotated[LabelValue, OR_OUTPUT, AS_GIVEN]
GivenText = Annotated[str, OR_OUTPUT, AS_GIVEN]
GivenNamespace = Annotated[DnsWord, OR_OUTPUT, AS_GIVEN]
GivenName = Annotated[DnsName, OR_OUTPUT, AS_GIVEN]
Families = Annotated[list[Family], AfterValidator(_families)]


class ServiceSpec(Section):
    """A Service, in the terms of the newest Kubernetes."""

    name: ServiceName = ask("name the Service, like web")
    """The Service's name."""
    namespace: GivenNamespace | None = None
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
    selector: dict[LabelKey, GivenLabel] = {}
    """Labels of its pods. A Service without a selector has only the endpoints of EndpointSlices that others write."""
    ports: list[ServicePortSection] = []
    """Its ports. Only a Headless or an ExternalName Service can have none."""
    external_name: GivenName | None = None
    """The DNS name that a Service of type ExternalName is an alias of."""
    cluster_ips: ServiceAddresses = []
    """Fixed addresses inside the cluster, at most one of each family, the primary's first. By default the API server
    assigns them, so that no two Services conflict."""
    external_ips: ServiceAddresses = []
    """Addresses that nodes take for the Service's, if packets to them reach a node. Nothing on AWS sends them, so a route of
    your own is needed. Kubernetes warns of the field from 1.36."""
    external_traffic_policy: TrafficPolicy | None = None
    """Where traffic from outside goes, for the types NodePort and LoadBalancer. Cluster, Kubernetes' default, sends it to any
    pod, which sees a node as its client. Local keeps it on the node, so that pods see the client; nodes without a pod of the
    Service get none."""
    internal_traffic_policy: TrafficPolicy | None = None
    """Where traffic of pods goes: to any pod (Cluster, Kubernetes' default), or to pods of the client's node (Local), or
    nowhere if there is none. From 1.22."""
    traffic_distribution: TrafficDistribution | None = None
    """Which pods are preferred, seen from the client; others still serve if there is none. By default all are equal.
    PreferClose is the older name of PreferSameZone. From 1.31; PreferSameZone and PreferSameNode from 1.34."""
    session_affinity: SessionAffinity | None = None
    """ClientIP sends all connections of one client address to one pod. None, Kubernetes' default, sends each anywhere."""
    session_timeout_seconds: SessionTimeout | None = None
    """How long a client is remembered after its last connection, with `sessionAffinity: ClientIP`. Three hours by default."""
    publish_not_ready_addresses: bool = False
    """Whether pods belong to the Service before they are ready, as members of a cluster that look for each other need. Off
    by default: clients would reach pods that do not serve yet."""
    node_port_range: NodePorts = USUAL_NODE_PORTS
    """The node ports of the cluster, as its `services.nodePorts` says."""
    health_check_node_port: NodePort | None = None
    """The port on which nodes tell a load balancer whether they have a pod, for `externalTrafficPolicy: Local`. By default
    the API server assigns one."""
    allocate_load_balancer_node_ports: bool | None = None
    """Whether the ports of a load balancer get node ports. On by default: AWS's load balancers reach pods by them. From 1.22."""
    load_balancer_class: ClassName | None = None
    """Which controller makes the load balancer. By default the AWS Load Balancer Controller, as annotations say. With
    another class none of its annotations are written. It cannot be changed later. From 1.22."""
    load_balancer: ServiceLoadBalancerSection | None = None
    """Settings of the load balancer, for a Service of type LoadBalancer."""
    labels: dict[LabelKey, GivenLabel] = {}
    """Its labels."""
    annotations: dict[LabelKey, GivenText] = {}
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
    def by_our_controller(self) -> bool:
        """Whether the AWS Load Balancer Controller makes a load balancer for it."""
        ours = self.load_balancer_class in (None, CONTROLLER_CLASS)
        return self.type is ServiceType.LOAD_BALANCER and ours

    @property
    def controller_annotations(self) -> dict[str, str]:
        """Annotations for the AWS Load Balancer Controller: a network load balancer with addresses of both families.

        The controller registers IPv6 targets if the Service has an IPv6 address, else IPv4 targets, and never both. The targets
        are instances with their node ports, because the VPC does not know the addresses of an overlay's pods.
        """
        if not self.by_our_controller:
            return {}
        balancer = self.load_balancer or ServiceLoadBalancerSection()
        annotations = {
            f"{CONTROLLER}type": "external",
            f"{CONTROLLER}nlb-target-type": "instance",
            f"{CONTROLLER}ip-address-type": "dualstack",
            f"{CONTROLLER}scheme": balancer.scheme.value,
            **balancer.health_check.annotations,
        }
        if self.has_udp:
            # A dual-stack UDP listener needs a prefix for source addresses: AWS requires it.
            annotations[f"{CONTROLLER}enable-prefix-for-ipv6-source-nat"] = "on"
        if (preserved := self._preserved(balancer.preserve_client_ip)) is not None:
            annotations[ATTRIBUTES] = f"{PRESERVED}={str(preserved).lower()}"
        return annotations

    @property
    def has_udp(self) -> bool:
        """Whether a port's protocol is UDP."""
        return any(port.protocol is Protocol.UDP for port in self.ports)

    def _preserved(self, asked: bool | None) -> bool | None:
        """Whether targets shall see the client's address, or None for AWS's default, which is to see it.

        With the policy Cluster a node hides the client from the pod anyway. To keep its address on the way to the node has no
        use then, and costs pods the connections that come back to their own node.
        """
        if asked is not None or self.needs_client or ATTRIBUTES in self.annotations:
            return asked
        return False

    @property
    def needs_client(self) -> str:
        """Why nodes must see the client's address; empty if they need not.

        Before 1.22 the controller is a release that gives its load balancers no security group. It lets the source ranges
        into the nodes' group instead, if nodes see the clients.
        """
        if self.has_udp:
            return "AWS always keeps the client's address in UDP"
        if self.external_traffic_policy is TrafficPolicy.LOCAL:
            return "externalTrafficPolicy Local is for pods that see their clients"
        if self.session_affinity is SessionAffinity.CLIENT_IP:
            return "sessionAffinity ClientIP tells clients apart by their address"
        filtered = self.load_balancer is not None and bool(self.load_balancer.source_ranges)
        if filtered and self.kubernetes.minor < FILTERING_BALANCERS:
            return f"the controller of {self.kubernetes.name} compares sourceRanges at the nodes"
        return ""
