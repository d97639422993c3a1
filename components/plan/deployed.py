"""What AWS has given to a stack, from the document that `pulumi stack export` prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ..config.section import is_map

VPC = "aws:ec2/vpc:Vpc"
ASSOCIATION = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
NAT = "aws:ec2/natGateway:NatGateway"
SUBNET = "aws:ec2/subnet:Subnet"
INSTANCE = "aws:ec2/instance:Instance"


@dataclass(frozen=True, slots=True)
class Deployed:
    """Addresses and names that are known once a stack is up."""

    vpc_ipv6: str | None = None
    """The VPC's IPv6 range."""
    api_host: str | None = None
    """The DNS name of the API's load balancer."""
    nat_addresses: dict[str, str] = field(default_factory=dict[str, str])
    """The public address of each NAT gateway, by zone."""
    machines: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The addresses of control planes, both families, by the machine's name."""


class ExportError(ValueError):
    """A document that is not the output of an export."""


def deployed_of(document: Any) -> Deployed:
    """What a stack's export says that AWS has given. Raises ExportError."""
    deployment: Any = document.get("deployment") if is_map(document) else None
    if not is_map(deployment):
        raise ExportError("it is not what `pulumi stack export` prints")
    resources = cast("Iterable[Mapping[str, Any]]", deployment.get("resources") or ())
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for resource in resources:
        name = str(resource.get("urn", "")).rpartition("::")[2]
        read = cast("dict[str, Any]", resource.get("outputs") or {})
        outputs = read | {"id": resource.get("id")}
        found.setdefault(str(resource.get("type")), []).append((name, outputs))
    zones = {
        outputs.get("id"): outputs.get("availabilityZone") for _, outputs in found.get(SUBNET, [])
    }
    ranges = [
        outputs.get("ipv6CidrBlock")
        for kind in (ASSOCIATION, VPC)
        for _, outputs in found.get(kind, [])
    ]
    hosts = [
        outputs.get("dnsName")
        for _, outputs in found.get(BALANCER, [])
        if outputs.get("loadBalancerType") == "network"
    ]
    return Deployed(
        vpc_ipv6=next((str(each) for each in ranges if each), None),
        api_host=next((str(each) for each in hosts if each), None),
        nat_addresses={
            str(zones[outputs["subnetId"]]): str(outputs.get("publicIp"))
            for _, outputs in found.get(NAT, [])
            if outputs.get("subnetId") in zones
        },
        machines={
            name: [
                str(address)
                for address in (outputs.get("privateIp"), *(outputs.get("ipv6Addresses") or ()))
                if address
            ]
            for name, outputs in found.get(INSTANCE, [])
        },
    )
