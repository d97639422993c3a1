"""The manifest of a Service, for the API of each minor."""

from collections.abc import Mapping
from typing import Any, Unpack

from .args import DualStackServiceSpecArgs
from .rules import load
from .spec.service import ServicePortSection, ServiceSpec, ServiceType


def dual_stack_service(**fields: Unpack[DualStackServiceSpecArgs]) -> dict[str, Any]:
    """The manifest of a Service, or a `SpecError` with everything that the API would refuse.

    What there is no field for is added to the manifest.
    """
    return manifest(load(ServiceSpec, fields))


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
    if not service.kubernetes.services_have_two_families:
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
    """The fields without those that are not set."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}
