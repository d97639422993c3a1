"""The manifest of a Service, for the API of each minor."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Unpack

from .args import DualStackServiceSpecArgs
from .config.check import SpecError
from .config.spelling import in_python
from .facts.choices import ServiceType
from .rules import load
from .spec.service import ServiceSpec
from .spec.service_ports import ServicePortSection


def dual_stack_service(**fields: Unpack[DualStackServiceSpecArgs]) -> dict[str, Any]:
    """The manifest of a Service, or a `SpecError` with everything that the API would refuse.

    What there is no field for is added to the manifest.
    """
    try:
        return manifest(load(ServiceSpec, fields))
    except SpecError as error:
        raise SpecError(in_python(ServiceSpec, fault) for fault in error.faults) from None


def manifest(service: ServiceSpec) -> dict[str, Any]:
    """The manifest that the API server receives."""
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
                "type": ServiceType.CLUSTER_IP if headless else service.type,
                **_addresses(service, headless=headless),
                "externalName": service.external_name,
                **_families(service),
                "selector": service.selector,
                "ports": [_port(port) for port in service.ports],
                "externalIPs": service.external_ips,
                **_traffic(service),
                "loadBalancerClass": service.load_balancer_class,
                "loadBalancerSourceRanges": [
                    str(source) for source in (balancer.source_ranges if balancer else [])
                ],
                "allocateLoadBalancerNodePorts": service.allocate_load_balancer_node_ports,
                "healthCheckNodePort": service.health_check_node_port,
            }
        ),
    }


def _addresses(service: ServiceSpec, *, headless: bool) -> dict[str, Any]:
    """The fixed addresses. From 1.20 there is a list of them, which must begin with the single one."""
    fixed = service.cluster_ips
    if headless or not fixed:
        return {"clusterIP": "None" if headless else None}
    both = service.kubernetes.services_have_two_families
    return {"clusterIP": fixed[0], "clusterIPs": fixed if both else None}


def _traffic(service: ServiceSpec) -> dict[str, Any]:
    """Which pods get the traffic."""
    timeout = service.session_timeout_seconds
    return {
        "externalTrafficPolicy": service.external_traffic_policy,
        "internalTrafficPolicy": service.internal_traffic_policy,
        "trafficDistribution": service.traffic_distribution,
        "sessionAffinity": service.session_affinity,
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": timeout}} if timeout else None,
        "publishNotReadyAddresses": service.publish_not_ready_addresses or None,
    }


def _families(service: ServiceSpec) -> dict[str, Any]:
    families = [family.value for family in service.ip_families or ()]
    if not service.kubernetes.services_have_two_families:
        return {"ipFamily": families[0] if families else None}
    policy = service.policy
    return {"ipFamilyPolicy": policy.value if policy else None, "ipFamilies": families}


def _port(port: ServicePortSection) -> dict[str, Any]:
    return _said(
        {
            "name": port.name,
            "protocol": port.protocol,
            "appProtocol": port.app_protocol,
            "port": port.port,
            "targetPort": port.target_port,
            "nodePort": port.node_port,
        }
    )


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without those that are not set."""
    return {
        key: value.value if isinstance(value, StrEnum) else value
        for key, value in fields.items()
        if value not in (None, [], {})
    }
