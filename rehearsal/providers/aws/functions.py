"""Look-ups: who and where we are, and which image, zone or service there is."""

import re
from typing import Any

from ..resource_type import Function, Properties
from .resource import tag_map
from .session import Aws, refusal

DUAL_STACK_SERVICES = frozenset(
    {"autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "elasticloadbalancing", "eks"}
    | {"kms", "lambda", "logs", "monitoring", "s3", "secretsmanager", "sqs", "ssm", "ssmmessages"}
    | {"sts"}
)
"""Services whose endpoints offer both families here."""

IPV4_SERVICES = frozenset({"sns", "sagemaker.api", "elasticfilesystem", "cloudformation"})
"""Services whose endpoints have one family, so that both cases are met."""

GATEWAYS = ("s3", "dynamodb")


def get_caller_identity(aws: Aws, args: Properties) -> Properties:
    found = aws.client("sts").get_caller_identity()
    account = found["Account"]
    return {"accountId": account, "arn": found["Arn"], "userId": found["UserId"], "id": account}


def get_region(aws: Aws, args: Properties) -> Properties:
    region = args.get("region") or args.get("name") or aws.region
    return {
        "region": region,
        "name": region,
        "id": region,
        "endpoint": f"ec2.{region}.{_suffix(aws)}",
        "description": region,
    }


def get_partition(aws: Aws, args: Properties) -> Properties:
    suffix = _suffix(aws)
    return {
        "partition": aws.partition,
        "id": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def get_availability_zones(aws: Aws, args: Properties) -> Properties:
    found = aws.ec2.describe_availability_zones(Filters=_filters(args))["AvailabilityZones"]
    state, hidden = args.get("state"), args.get("excludeNames") or []
    zones = [
        zone for zone in found if zone["ZoneName"] not in hidden and state in (None, zone["State"])
    ]
    return args | {
        "id": aws.region,
        "region": aws.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [aws.region],
    }


def get_ami(aws: Aws, args: Properties) -> Properties:
    asked: dict[str, Any] = {"Filters": _filters(args)}
    if args.get("owners"):
        asked["Owners"] = args["owners"]
    images = aws.ec2.describe_images(**asked)["Images"]
    pattern = re.compile(args.get("nameRegex") or "")
    images = [image for image in images if pattern.search(image.get("Name", ""))]
    if not images:
        raise refusal(
            "DescribeImages",
            "InvalidAMIID.NotFound",
            "Your query returned no results. Please change your search criteria and try again.",
        )
    if len(images) > 1 and not args.get("mostRecent"):
        raise refusal(
            "DescribeImages",
            "InvalidParameterValue",
            "Your query returned more than one result. Please try a more specific search "
            "criteria, or set mostRecent to true.",
        )
    return args | _image(aws, max(images, key=lambda image: image["CreationDate"]))


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


def get_vpc_endpoint_service(aws: Aws, args: Properties) -> Properties:
    given = args.get("serviceName") or f"com.amazonaws.{aws.region}.{args.get('service')}"
    service = given.removeprefix(f"com.amazonaws.{aws.region}.")
    kind = args.get("serviceType") or ("Gateway" if service in GATEWAYS else "Interface")
    if service not in DUAL_STACK_SERVICES | IPV4_SERVICES | set(GATEWAYS):
        raise refusal(
            "DescribeVpcEndpointServices",
            "InvalidServiceName",
            f"The Vpc Endpoint Service '{given}' does not exist",
        )
    zones = aws.ec2.describe_availability_zones()["AvailabilityZones"]
    families = ["ipv4", "ipv6"] if service in DUAL_STACK_SERVICES else ["ipv4"]
    host = f"{service}.{aws.region}.{_suffix(aws)}"
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
        "supportedIpAddressTypes": families,
        "tags": {},
        "vpcEndpointPolicySupported": True,
    }


def _image(aws: Aws, image: dict[str, Any]) -> Properties:
    return {
        "id": image["ImageId"],
        "imageId": image["ImageId"],
        "name": image["Name"],
        "arn": aws.arn("ec2", f"image/{image['ImageId']}"),
        "architecture": image["Architecture"],
        "creationDate": image["CreationDate"],
        "description": image.get("Description", ""),
        "hypervisor": image.get("Hypervisor", ""),
        "imageType": image.get("ImageType", ""),
        "ownerId": image["OwnerId"],
        "public": image.get("Public", False),
        "region": aws.region,
        "rootDeviceName": image.get("RootDeviceName", ""),
        "rootDeviceType": image.get("RootDeviceType", ""),
        "state": image["State"],
        "tags": tag_map(image.get("Tags")),
        "virtualizationType": image.get("VirtualizationType", ""),
    }


def _filters(args: Properties) -> list[dict[str, Any]]:
    return [{"Name": part["name"], "Values": part["values"]} for part in args.get("filters") or ()]


def _suffix(aws: Aws) -> str:
    return "amazonaws.com.cn" if aws.partition == "aws-cn" else "amazonaws.com"


FUNCTIONS = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": Function(get_availability_zones),
    "aws:index/getCallerIdentity:getCallerIdentity": Function(get_caller_identity),
    "aws:index/getPartition:getPartition": Function(get_partition),
    "aws:index/getRegion:getRegion": Function(get_region),
    "aws:ec2/getAmi:getAmi": Function(get_ami),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": Function(get_vpc_endpoint_service),
    # The real provider calls every parameter's value a secret, whatever its type.
    "aws:ssm/getParameter:getParameter": Function(get_parameter, frozenset({"value"})),
}
