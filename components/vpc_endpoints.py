"""VPC endpoints: private connections from a VPC to AWS services."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2, vpc

from .facts.endpoint_services import interface_name, short_name
from .facts.ports import HTTPS
from .facts.regions import partition, region_of
from .facts.tags import named
from .spec.network import NetworkSpec


def connect_services(
    network: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    *,
    vpc_id: pulumi.Output[str],
    ipv6_range: pulumi.Output[str],
    private_subnet_ids: Sequence[pulumi.Output[str]],
    route_table_ids: Sequence[pulumi.Output[str]],
) -> None:
    """Create the endpoints in the spec: a gateway for S3 in the route tables, interfaces in the private subnets."""
    child = pulumi.ResourceOptions(parent=network)
    region = region_of(spec.zones[0])
    if spec.endpoints.s3:
        ec2.VpcEndpoint(
            # The name must differ from `-s3`, the name of an interface for S3, which may exist as well.
            f"{name}-s3-gateway",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_table_ids),
            tags=named(spec.tags, f"{name}-s3-gateway"),
            opts=child,
        )
    if not spec.endpoints.interfaces:
        return
    group = _admit_https(network, f"{name}-endpoints", spec, vpc_id, ipv6_range)
    # The provider makes `com.amazonaws.…` of a short name in every partition.
    full = partition(region) == "aws-cn"
    for asked in spec.endpoints.interfaces:
        service = short_name(asked)
        offered = ec2.get_vpc_endpoint_service_output(
            service=None if full else service,
            service_name=interface_name(region, asked) if full else None,
            service_type="Interface",
            opts=pulumi.InvokeOutputOptions(parent=network),
        )
        address_type = offered.supported_ip_address_types.apply(_address_type)
        ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            service_name=offered.service_name,
            vpc_endpoint_type="Interface",
            subnet_ids=list(private_subnet_ids),
            security_group_ids=[group.id],
            private_dns_enabled=True,
            ip_address_type=address_type,
            dns_options={"dns_record_ip_type": address_type},
            tags=named(spec.tags, f"{name}-{service}"),
            opts=child,
        )


def _address_type(supported: Sequence[str] | None) -> str:
    """Both families if the service supports IPv6, which not every service does yet.

    GovCloud may answer with names of services alone: dataSourceVPCEndpointServiceRead in
    internal/service/ec2/vpc_endpoint_service_data_source.go of hashicorp/terraform-provider-aws.
    """
    return "dualstack" if "ipv6" in (supported or []) else "ipv4"


def _admit_https(
    network: pulumi.Resource,
    name: str,
    spec: NetworkSpec,
    vpc_id: pulumi.Output[str],
    ipv6_range: pulumi.Output[str],
) -> ec2.SecurityGroup:
    """A security group that admits HTTPS from the VPC in both families."""
    child = pulumi.ResourceOptions(parent=network)
    group = ec2.SecurityGroup(
        name,
        vpc_id=vpc_id,
        description="Endpoints of AWS services",
        tags=named(spec.tags, name),
        opts=child,
    )
    further = [
        (f"ipv4-{each}".replace("/", "-"), str(each), None)
        for each in spec.further_ipv4_ranges or ()
    ]
    first = [("ipv4", str(spec.ipv4_range), None), ("ipv6", None, ipv6_range)]
    for source, ipv4, ipv6 in [*first, *further]:
        vpc.SecurityGroupIngressRule(
            f"{name}-https-{source}",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=ipv4,
            cidr_ipv6=ipv6,
            description="HTTPS from the VPC",
            tags=named(spec.tags, f"{name}-https-{source}"),
            opts=child,
        )
    return group
