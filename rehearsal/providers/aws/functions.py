"""Look-ups: SSM parameters, instances, an image, a group, a VPC, a subnet, a route table, and a service with VPC endpoints."""

from components.facts.endpoint_services import interface_name, short_name
from components.facts.regions import dns_suffix

from ..resource_type import Function, Properties, ProviderError
from .machine_look_ups import get_ami, get_group, get_instance, get_instances
from .routes import TARGETS, is_programs
from .session import Aws, refusal
from .vpc import associated, subnet_blocks

DUAL_STACK_SERVICES = frozenset(
    {"autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "elasticloadbalancing", "eks"}
    | {"kms", "lambda", "logs", "monitoring", "s3", "secretsmanager", "sqs", "ssm", "ssmmessages"}
    | {"sts"}
)
"""Services whose VPC endpoints have both families in the rehearsal."""

IPV4_SERVICES = frozenset({"sns", "sagemaker.api", "elasticfilesystem", "cloudformation"})
"""Services whose VPC endpoints have IPv4 only in the rehearsal, so that both cases occur."""

GATEWAYS = ("s3", "dynamodb")


def get_parameter(aws: Aws, args: Properties) -> Properties:
    sealed = args.get("withDecryption", True)
    found = aws.client("ssm").get_parameter(Name=args["name"], WithDecryption=sealed)["Parameter"]
    open_value = "" if found["Type"] == "SecureString" else found["Value"]
    return {
        "arn": found["ARN"],
        "id": found["Name"],
        "insecureValue": open_value,
        "name": found["Name"],
        "region": aws.region,
        "type": found["Type"],
        "value": found["Value"],
        "version": found["Version"],
        "withDecryption": sealed,
    }


def get_parameters_by_path(aws: Aws, args: Properties) -> Properties:
    """Parameters below a path; empty lists if there are none.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ssm/parameters_by_path_data_source.go
    """
    recursive, sealed = bool(args.get("recursive")), args.get("withDecryption", True)
    pages = (
        aws.client("ssm")
        .get_paginator("get_parameters_by_path")
        .paginate(Path=args["path"], Recursive=recursive, WithDecryption=sealed)
    )
    found = [parameter for page in pages for parameter in page["Parameters"]]
    return {
        "arns": [parameter["ARN"] for parameter in found],
        "id": args["path"],
        "names": [parameter["Name"] for parameter in found],
        "path": args["path"],
        "recursive": recursive,
        "region": aws.region,
        "types": [parameter["Type"] for parameter in found],
        "values": [parameter["Value"] for parameter in found],
        "withDecryption": sealed,
    }


def get_vpc(aws: Aws, args: Properties) -> Properties:
    """One VPC, by its id.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_data_source.go
    """
    where = [{"Name": "vpc-id", "Values": [args["id"]]}]
    found = aws.ec2.describe_vpcs(Filters=where)["Vpcs"]
    if not found:
        raise ProviderError("no matching EC2 VPC found")
    vpc = found[0]

    def attribute(name: str) -> bool:
        asked = name[0].lower() + name[1:]
        answer = aws.ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=asked)
        return answer[name]["Value"]

    return args | {
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": one["AssociationId"],
                "cidrBlock": one["CidrBlock"],
                "state": one["CidrBlockState"]["State"],
            }
            for one in vpc.get("CidrBlockAssociationSet", ())
        ],
        "enableDnsHostnames": attribute("EnableDnsHostnames"),
        "enableDnsSupport": attribute("EnableDnsSupport"),
        "ipv6CidrBlockAssociations": [
            {
                "associationId": one["AssociationId"],
                "ipv6CidrBlock": one["Ipv6CidrBlock"],
                "state": one["Ipv6CidrBlockState"]["State"],
            }
            for one in associated(vpc)
        ],
        "ownerId": vpc["OwnerId"],
        "region": aws.region,
        "tags": {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", ())},
    }


def get_subnet(aws: Aws, args: Properties) -> Properties:
    """One subnet, by its id.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_subnet_data_source.go
    """
    where = [{"Name": "subnet-id", "Values": [args["id"]]}]
    found = aws.ec2.describe_subnets(Filters=where)["Subnets"]
    if not found:
        raise ProviderError("no matching EC2 Subnet found")
    subnet = found[0]
    return args | {
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "cidrBlock": subnet["CidrBlock"],
        "ipv6CidrBlock": next(map(str, subnet_blocks(subnet)), ""),
        "ownerId": subnet["OwnerId"],
        "region": aws.region,
        "tags": {tag["Key"]: tag["Value"] for tag in subnet.get("Tags", ())},
        "vpcId": subnet["VpcId"],
    }


def get_route_table(aws: Aws, args: Properties) -> Properties:
    """The route table that one subnet is associated with, or the one that passes the filters.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route_table_data_source.go
    """
    where = [{"Name": one["name"], "Values": one["values"]} for one in args.get("filters") or ()]
    for name, key in (("association.subnet-id", "subnetId"), ("vpc-id", "vpcId")):
        if args.get(key):
            where.append({"Name": name, "Values": [args[key]]})
    found = aws.ec2.describe_route_tables(Filters=where)["RouteTables"]
    if len(found) != 1:
        raise ProviderError(
            "multiple EC2 Route Tables matched" if found else "no matching EC2 Route Table found"
        )
    table = found[0]
    return args | {
        "id": table["RouteTableId"],
        "routeTableId": table["RouteTableId"],
        "vpcId": table["VpcId"],
        "ownerId": table["OwnerId"],
        "region": aws.region,
        "routes": [
            {
                "cidrBlock": route.get("DestinationCidrBlock", ""),
                "ipv6CidrBlock": route.get("DestinationIpv6CidrBlock", ""),
                "destinationPrefixListId": route.get("DestinationPrefixListId", ""),
                **{name: route.get(key, "") for name, key in TARGETS.items()},
            }
            for route in table["Routes"]
            if is_programs(route) and route.get("Origin") != "EnableVgwRoutePropagation"
        ],
        "tags": {tag["Key"]: tag["Value"] for tag in table.get("Tags", ())},
    }


def get_vpc_endpoint_service(aws: Aws, args: Properties) -> Properties:
    """One service. In aws-cn the name of an interface begins as AWS has it there; GovCloud may answer with names alone.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_endpoint_service_data_source.go
    """
    given = args.get("serviceName") or f"com.amazonaws.{aws.region}.{args.get('service')}"
    service = short_name(given)
    kind = args.get("serviceType") or ("Gateway" if service in GATEWAYS else "Interface")
    usual = f"com.amazonaws.{aws.region}.{service}"
    name = usual if kind == "Gateway" else interface_name(aws.region, service)
    if given != name or service not in DUAL_STACK_SERVICES | IPV4_SERVICES | set(GATEWAYS):
        raise refusal(
            "DescribeVpcEndpointServices",
            "InvalidServiceName",
            f"The Vpc Endpoint Service '{given}' does not exist",
        )
    zones = aws.ec2.describe_availability_zones()["AvailabilityZones"]
    # Of what GovCloud leaves out, a program of ours reads the families alone.
    described = (
        {} if aws.partition == "aws-us-gov" else {"supportedIpAddressTypes": families_of(service)}
    )
    host = f"{service}.{aws.region}.{dns_suffix(aws.region)}"
    return args | {
        "acceptanceRequired": False,
        "arn": aws.arn("ec2", f"vpc-endpoint-service/vpce-svc-{service}"),
        "availabilityZones": [zone["ZoneName"] for zone in zones],
        "baseEndpointDnsNames": [host],
        "id": f"vpce-svc-{service}",
        "managesVpcEndpoints": False,
        "owner": "amazon",
        "privateDnsName": host,
        "privateDnsNames": [host],
        "region": aws.region,
        "serviceId": f"vpce-svc-{service}",
        "serviceName": given,
        "serviceRegion": aws.region,
        "serviceType": kind,
        "tags": {},
        "vpcEndpointPolicySupported": True,
        **described,
    }


def families_of(service: str) -> list[str]:
    """The families of a service's endpoints."""
    return ["ipv4", "ipv6"] if service in DUAL_STACK_SERVICES else ["ipv4"]


FUNCTIONS = {
    "aws:ec2/getVpc:getVpc": Function(get_vpc),
    "aws:ec2/getAmi:getAmi": Function(get_ami),
    "aws:autoscaling/getGroup:getGroup": Function(get_group),
    "aws:ec2/getSubnet:getSubnet": Function(get_subnet),
    "aws:ec2/getRouteTable:getRouteTable": Function(get_route_table),
    "aws:ec2/getInstance:getInstance": Function(get_instance),
    "aws:ec2/getInstances:getInstances": Function(get_instances),
    # The provider's schema marks these values as sensitive.
    "aws:ssm/getParametersByPath:getParametersByPath": Function(
        get_parameters_by_path, frozenset({"values"})
    ),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": Function(get_vpc_endpoint_service),
    # The real provider marks every parameter's value as a secret, whatever its type.
    "aws:ssm/getParameter:getParameter": Function(get_parameter, frozenset({"value"})),
}
