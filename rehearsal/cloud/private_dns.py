"""Private DNS names of instances: from their id or their IPv4 address, in the domain of their region."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import instances
from moto.ec2.responses.instances import InstanceResponse

BY_RESOURCE = "resource-name"


def repair() -> None:
    """Name instances by their `PrivateDnsNameOptions`, and answer `DescribeInstanceTopology` with nothing."""
    instance: Any = instances.Instance
    instance.private_dns_name = property(_private_dns_name)
    response: Any = InstanceResponse
    response.run_instances = _named(response.run_instances)
    response.describe_instance_topology = _describe_topology


def note(instance: Any, asked: dict[str, Any] | None) -> None:
    """Store the `PrivateDnsNameOptions` of an instance."""
    instance.private_dns_name_options = {"HostnameType": "ip-name"} | (asked or {})


def _private_dns_name(instance: Any) -> str:
    region = instance.ec2_backend.region_name
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    options = getattr(instance, "private_dns_name_options", {})
    by_resource = options.get("HostnameType") == BY_RESOURCE
    host = instance.id if by_resource else f"ip-{instance.private_ip.replace('.', '-')}"
    return f"{host}.{domain}"


def _named(launch: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run_instances(response: Any) -> Any:
        launched = launch(response)
        asked = response._get_param("PrivateDnsNameOptions")
        for instance in launched.result.instances if asked else ():
            note(instance, asked)
        return launched

    return run_instances


def _describe_topology(_: InstanceResponse) -> ActionResult:
    """An empty answer: AWS reports the topology of some large instance types only."""
    return ActionResult({"Instances": []})
