"""A Service as the API of each minor wants it: plain values in, a manifest out."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, Unpack

from .rules import load
from .service_spec import ServicePortSection, ServiceSpec, ServiceType


class ServicePortArgs(TypedDict):
    """A port of a Service."""

    name: NotRequired[str]
    """Its name, needed where there are several."""
    port: int
    """The port that clients use."""
    target_port: NotRequired[str]
    """The container's port, a number or a name; the same by default."""
    protocol: NotRequired[str]
    """TCP (the default) or UDP."""
    node_port: NotRequired[int]
    """The port on nodes; given out by the API server by default."""


class ServiceLoadBalancerArgs(TypedDict):
    """The network load balancer of a Service: it has addresses of both families."""

    scheme: NotRequired[str]
    """internal (the default) or internet-facing."""
    source_ranges: NotRequired[list[str]]
    """Ranges that may reach it, in both families; everybody by default."""


class DualStackServiceArgs(TypedDict):
    """A Service, in the words of the newest Kubernetes."""

    name: str
    """Its name."""
    namespace: NotRequired[str]
    """Its namespace; the provider's by default."""
    kubernetes_version: str
    """The Kubernetes that the cluster runs, like "1.37"."""
    type: NotRequired[str]
    """ClusterIP (the default), Headless, NodePort, LoadBalancer or ExternalName."""
    ip_families: NotRequired[list[str]]
    """IPv4, IPv6 or both, the primary first; the cluster's own order by default."""
    ip_family_policy: NotRequired[str]
    """SingleStack, PreferDualStack or RequireDualStack; by default what the families say, and PreferDualStack when none is named."""
    selector: NotRequired[dict[str, str]]
    """Labels of its pods."""
    ports: NotRequired[list[ServicePortArgs]]
    """Its ports; only Headless and ExternalName can do without."""
    external_name: NotRequired[str]
    """What a Service of type ExternalName is another name of."""
    load_balancer: NotRequired[ServiceLoadBalancerArgs]
    """More of what a Service of type LoadBalancer is."""
    labels: NotRequired[dict[str, str]]
    """Its labels."""
    annotations: NotRequired[dict[str, str]]
    """Its annotations, beside those of the load balancer."""


def dual_stack_service(**fields: Unpack[DualStackServiceArgs]) -> dict[str, Any]:
    """The manifest of a Service, or a `SpecError` with everything that the API would refuse.

    What there is no field for is added to the manifest.
    """
    return manifest(load(ServiceSpec, fields))


def manifest(service: ServiceSpec) -> dict[str, Any]:
    """A Service as the API is given it."""
    balancer = service.load_balancer
    headless = service.type is ServiceType.HEADLESS
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _said(
            {
                "name": service.name,
                "namespace": service.namespace,
                "labels": service.labels,
                "annotations": {**service.annotations, **service.controller_annotations},
            }
        ),
        "spec": _said(
            {
                "type": (ServiceType.CLUSTER_IP if headless else service.type).value,
                "clusterIP": "None" if headless else None,
                "externalName": service.external_name,
                **_families(service),
                "selector": service.selector,
                "ports": [_port(port) for port in service.ports],
                "loadBalancerSourceRanges": [
                    str(source) for source in (balancer.source_ranges if balancer else [])
                ],
            }
        ),
    }


def _families(service: ServiceSpec) -> dict[str, Any]:
    families = [family.value for family in service.ip_families or ()]
    if not service.release.services_have_two_families:
        return {"ipFamily": families[0] if families else None}
    policy = service.policy
    return {"ipFamilyPolicy": policy.value if policy else None, "ipFamilies": families}


def _port(port: ServicePortSection) -> dict[str, Any]:
    return _said(
        {
            "name": port.name,
            "protocol": port.protocol.value,
            "port": port.port,
            "targetPort": port.target_port,
            "nodePort": port.node_port,
        }
    )


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is left when nothing is written for what was not said."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}
