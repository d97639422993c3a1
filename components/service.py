"""A Service of one family or of both, in a cluster of any minor."""

from typing import Any

import pulumi

from .addons import Object
from .args import DualStackServiceSpecArgs
from .boundary import checked
from .outputs import register
from .service_manifest import manifest
from .spec.service import ServiceSpec


class DualStackServiceArgs(DualStackServiceSpecArgs):
    """A Service, in the terms of the newest Kubernetes."""


class DualStackService(pulumi.ComponentResource):
    """A Service of one family or of both, in a cluster of any minor.

    The cluster is that of the Kubernetes provider in the options.
    """

    cluster_ips: pulumi.Output[list[str]]
    """Its addresses inside the cluster, the primary family's first. Empty for a Service without an address."""
    load_balancer_name: pulumi.Output[str]
    """The DNS name of its load balancer; empty without one."""

    def __init__(
        self, name: str, args: DualStackServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A Service of one family or of both, in a cluster of any minor.

        `name` is that of its resource in the stack. All faults in `args` end the program at once, before anything is made.
        """
        content = manifest(checked(ServiceSpec, args))
        super().__init__("dualstack:index:DualStackService", name, {**args}, opts)

        # The API server writes the status. The program names it so that it becomes an output.
        service: Any = Object(
            name, {**content, "status": None}, pulumi.ResourceOptions(parent=self)
        )

        self.cluster_ips = service.spec.apply(cluster_ips_in)
        self.load_balancer_name = service.status.apply(load_balancer_name_in)
        register(self)


def cluster_ips_in(spec: dict[str, Any]) -> list[str]:
    """The addresses that the API server assigned. Up to 1.19 there is one, in a field of its own."""
    given = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [address for address in given if address and address != "None"]


def load_balancer_name_in(status: dict[str, Any] | None) -> str:
    """The DNS name that AWS gave the load balancer. Empty while there is none."""
    match status:
        case {"loadBalancer": {"ingress": [{"hostname": str(name)}, *_]}}:
            return name
        case _:
            return ""
