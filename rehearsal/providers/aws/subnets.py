"""Subnets, with the checks of IPv6 blocks that moto lacks."""

from ipaddress import IPv6Network
from typing import Any

from ..resource_type import Made, Properties
from .resource import Ec2Resource, inputs_from, request, tags_of
from .session import Aws, refusal
from .transit_attachments import attachments
from .vpc import associated, subnet_blocks, subnets_of

LENGTHS = range(44, 65, 4)
"""Netmask lengths that AWS accepts for the IPv6 block of a subnet."""

DNS_ATTRIBUTES = (
    ("privateDnsHostnameTypeOnLaunch", "PrivateDnsHostnameTypeOnLaunch"),
    ("enableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsARecordOnLaunch"),
    ("enableResourceNameDnsAaaaRecordOnLaunch", "EnableResourceNameDnsAAAARecordOnLaunch"),
    ("enableDns64", "EnableDns64"),
    ("mapPublicIpOnLaunch", "MapPublicIpOnLaunch"),
    ("assignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation"),
)


class SubnetResource(Ec2Resource):
    """A subnet in one zone, with an IPv4 block, an IPv6 block, or both."""

    engine_type = "aws:ec2/subnet:Subnet"
    kind = "subnet"
    replaces = frozenset(
        {"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native"}
        | {"outpostArn", "region"}
    )
    computed = frozenset(
        {"arn", "ownerId", "ipv6CidrBlockAssociationId", "availabilityZone", "availabilityZoneId"}
    )
    defaults = {
        "assignIpv6AddressOnCreation": False,
        "enableDns64": False,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6Native": False,
        "mapPublicIpOnLaunch": False,
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    }

    def create(self, aws: Aws, inputs: Properties) -> Made:
        # Two requests at the same moment may ask for overlapping blocks.
        with aws.clients.subnets:
            block = inputs.get("ipv6CidrBlock")
            if block:
                check_block(aws, "CreateSubnet", inputs["vpcId"], block)
            if inputs.get("assignIpv6AddressOnCreation") and not block:
                raise refusal(
                    "ModifySubnetAttribute",
                    "InvalidParameterValue",
                    "assignIpv6AddressOnCreation needs a subnet with an IPv6 CIDR block",
                )
            subnet = aws.ec2.create_subnet(
                **request(inputs, "vpcId", "cidrBlock", "ipv6CidrBlock", "availabilityZone"),
                **request(inputs, "availabilityZoneId", "ipv6Native"),
                **self.tag_specification(aws, inputs),
            )["Subnet"]
        # moto maps public addresses in the first subnet of a zone; AWS does so only in default subnets.
        start = self.defaults | {"mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"]}
        set_attributes(aws, subnet["SubnetId"], start, self.defaults | inputs)
        return Made(subnet["SubnetId"], _outputs(aws, subnet))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        return _outputs(aws, aws.ec2.describe_subnets(SubnetIds=[identity])["Subnets"][0])

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if old.get("ipv6CidrBlock") != new.get("ipv6CidrBlock"):
            self._replace_block(aws, identity, old, new)
        set_attributes(aws, identity, old, self.defaults | new)
        super().update(aws, identity, old, new)
        return _outputs(aws, aws.ec2.describe_subnets(SubnetIds=[identity])["Subnets"][0])

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if subnet_users(aws, identity):
            raise refusal(
                "DeleteSubnet",
                "DependencyViolation",
                f"The subnet '{identity}' has dependencies and cannot be deleted.",
            )
        aws.ec2.delete_subnet(SubnetId=identity)

    def _replace_block(self, aws: Aws, identity: str, old: Properties, new: Properties) -> None:
        where = [{"Name": "subnet-id", "Values": [identity]}]
        interfaces = aws.ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]
        if any(interface["Ipv6Addresses"] for interface in interfaces):
            raise refusal(
                "DisassociateSubnetCidrBlock",
                "InvalidCidrBlock.InUse",
                f"The subnet CIDR block '{old['ipv6CidrBlock']}' is in use.",
            )
        with aws.clients.subnets:
            wanted = new.get("ipv6CidrBlock")
            if wanted:
                check_block(aws, "AssociateSubnetCidrBlock", new["vpcId"], wanted, but=identity)
            if old.get("ipv6CidrBlockAssociationId"):
                aws.ec2.disassociate_subnet_cidr_block(
                    AssociationId=old["ipv6CidrBlockAssociationId"]
                )
            if wanted:
                aws.ec2.associate_subnet_cidr_block(SubnetId=identity, Ipv6CidrBlock=wanted)


def check_block(aws: Aws, operation: str, vpc_id: str, wanted: str, but: str = "") -> None:
    """Refuse a block that is malformed, outside the VPC's blocks or in use, as AWS does."""
    try:
        block = IPv6Network(wanted)
    except ValueError:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"Value ({wanted}) for parameter ipv6CidrBlock is invalid. "
            "This is not a valid IPv6 CIDR block.",
        ) from None
    if block.prefixlen not in LENGTHS:
        raise refusal(
            operation,
            "InvalidSubnet.Range",
            f"The CIDR '{wanted}' is invalid: a subnet takes a /44 to /64 in increments of 4.",
        )
    vpc = aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    ranges = [IPv6Network(a["Ipv6CidrBlock"]) for a in associated(vpc)]
    if not any(block.subnet_of(outer) for outer in ranges):
        raise refusal(operation, "InvalidSubnet.Range", f"The CIDR '{wanted}' is invalid.")
    for subnet in subnets_of(aws, vpc_id):
        if subnet["SubnetId"] != but and any(block.overlaps(u) for u in subnet_blocks(subnet)):
            raise refusal(
                operation,
                "InvalidSubnet.Conflict",
                f"The CIDR '{wanted}' conflicts with another subnet",
            )


def set_attributes(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    """Change the attributes that differ, each by a call of its own, as AWS requires."""
    for name, aws_name in DNS_ATTRIBUTES:
        if old.get(name) != new.get(name):
            value: Any = new[name]
            setting = value if name == "privateDnsHostnameTypeOnLaunch" else {"Value": value}
            aws.ec2.modify_subnet_attribute(SubnetId=identity, **{aws_name: setting})


def subnet_users(aws: Aws, identity: str) -> list[str]:
    """Network interfaces, load balancers and transit gateways with an address in the subnet."""
    where = [{"Name": "subnet-id", "Values": [identity]}]
    interfaces = aws.ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]
    balancers = aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return [
        *(interface["NetworkInterfaceId"] for interface in interfaces),
        *(
            balancer["LoadBalancerArn"]
            for balancer in balancers
            if identity in [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]
        ),
        *(
            attachment["TransitGatewayAttachmentId"]
            for attachment in attachments(aws)
            if identity in attachment["SubnetIds"]
        ),
    ]


def _outputs(aws: Aws, subnet: dict[str, Any]) -> Properties:
    blocks = [
        association
        for association in subnet.get("Ipv6CidrBlockAssociationSet", ())
        if association["Ipv6CidrBlockState"]["State"] == "associated"
    ]
    names = subnet.get("PrivateDnsNameOptionsOnLaunch") or {}
    return {
        **inputs_from(
            subnet, "vpcId", "cidrBlock", "ipv6Native", "mapPublicIpOnLaunch", "enableDns64"
        ),
        **inputs_from(subnet, "assignIpv6AddressOnCreation"),
        **inputs_from(
            names,
            privateDnsHostnameTypeOnLaunch="HostnameType",
            enableResourceNameDnsARecordOnLaunch="EnableResourceNameDnsARecord",
            enableResourceNameDnsAaaaRecordOnLaunch="EnableResourceNameDnsAAAARecord",
        ),
        "ipv6CidrBlock": blocks[0]["Ipv6CidrBlock"] if blocks else "",
        "tagsAll": tags_of(subnet),
        "arn": aws.arn("ec2", f"subnet/{subnet['SubnetId']}"),
        "ownerId": subnet["OwnerId"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "ipv6CidrBlockAssociationId": blocks[0]["AssociationId"] if blocks else "",
    }


RESOURCES = (SubnetResource(),)
