"""VPCs and their IPv6 blocks: from Amazon, from an IPAM pool or from a BYOIP pool."""

from ipaddress import IPv6Network
from typing import Any

from ..resource_type import Made, Properties
from .ipv6_blocks import take_from_pool
from .resource import AwsResource, Ec2Resource, inputs_from, request, tags_of
from .session import Aws, refusal

SOURCES = ("assignGeneratedIpv6CidrBlock", "ipv6IpamPoolId")
"""Inputs that choose the source of the IPv6 block."""


class VpcResource(Ec2Resource):
    """A VPC. moto has only Amazon's blocks, so blocks from pools are allocated here.

    The provider reads the pool and the length of its block back into its state, of any block: `resourceVPCFlatten`
    in internal/service/ec2/vpc_.go. It then wants both gone where the program sets none, and the block with them:
    https://github.com/hashicorp/terraform-provider-aws/issues/48733
    """

    engine_type = "aws:ec2/vpc:Vpc"
    kind = "vpc"
    replaces = frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "region"})
    computed = frozenset(
        {"arn", "defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId"}
        | {"dhcpOptionsId", "ipv6AssociationId", "mainRouteTableId", "ownerId", "ipv6CidrBlock"}
    )
    read_back = frozenset({"ipv6IpamPoolId", "ipv6NetmaskLength"})
    defaults = {"enableDnsSupport": True, "enableDnsHostnames": False, "instanceTenancy": "default"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        check_source("CreateVpc", inputs)
        amazon = bool(inputs.get("assignGeneratedIpv6CidrBlock"))
        vpc = aws.ec2.create_vpc(
            **request(inputs, "cidrBlock", "instanceTenancy", "ipv6CidrBlockNetworkBorderGroup"),
            AmazonProvidedIpv6CidrBlock=amazon,
            **self.tag_specification(aws, inputs),
        )["Vpc"]
        identity = vpc["VpcId"]
        if inputs.get("ipv6IpamPoolId"):
            associate_from_pool(aws, identity, inputs)
        set_attributes(aws, identity, self.defaults, inputs)
        found = self._outputs(aws, identity, inputs)
        return Made(identity, present(found) | own_parts(aws, identity))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = self._outputs(aws, identity, known)
        return own_parts(aws, identity) | found | attributes(aws, identity)

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if _source_changes(old, new):
            check_source("AssociateVpcCidrBlock", new)
            for association in ipv6_associations(aws, identity):
                disassociate(aws, identity, association)
            if new.get("ipv6IpamPoolId"):
                associate_from_pool(aws, identity, new)
            elif new.get("assignGeneratedIpv6CidrBlock"):
                aws.ec2.associate_vpc_cidr_block(VpcId=identity, AmazonProvidedIpv6CidrBlock=True)
        set_attributes(aws, identity, old, new)
        super().update(aws, identity, old, new)
        return present(self._outputs(aws, identity, new))

    def moves(self, old: Properties, new: Properties) -> frozenset[str]:
        if _source_changes(old, new) and not new.get("ipv6CidrBlock"):
            return frozenset({"ipv6CidrBlock", "ipv6AssociationId"})
        return frozenset()

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        blockers = vpc_dependents(aws, identity)
        if blockers:
            raise refusal(
                "DeleteVpc",
                "DependencyViolation",
                f"The vpc '{identity}' has dependencies and cannot be deleted.",
            )
        aws.ec2.delete_vpc(VpcId=identity)

    def _outputs(self, aws: Aws, identity: str, known: Properties) -> Properties:
        vpc = aws.ec2.describe_vpcs(VpcIds=[identity])["Vpcs"][0]
        associations = associated(vpc)
        first = associations[0] if associations else {}
        return {
            **inputs_from(vpc, "cidrBlock", "instanceTenancy"),
            "assignGeneratedIpv6CidrBlock": bool(first) and is_amazons(first),
            "tagsAll": tags_of(vpc),
            "arn": aws.arn("ec2", f"vpc/{identity}"),
            "dhcpOptionsId": vpc["DhcpOptionsId"],
            "ownerId": vpc["OwnerId"],
            "ipv6AssociationId": first.get("AssociationId", ""),
            "ipv6CidrBlock": first["Ipv6CidrBlock"] if first else "",
            **source_of(first, known),
        }


class VpcIpv6CidrBlockAssociationResource(AwsResource):
    """An additional IPv6 block of a VPC, from Amazon, an IPAM pool or a BYOIP pool."""

    engine_type = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
    tagged = False
    replaces = frozenset({"*"})
    computed = frozenset({"ipv6CidrBlock", "ipSource", "ipv6AddressAttribute"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        vpc_id = inputs["vpcId"]
        if inputs.get("assignGeneratedIpv6CidrBlock"):
            aws.ec2.associate_vpc_cidr_block(VpcId=vpc_id, AmazonProvidedIpv6CidrBlock=True)
            source = "amazon"
        else:
            associate_from_pool(aws, vpc_id, inputs)
            source = "byoip" if inputs.get("ipv6Pool") else "amazon"
        association = ipv6_associations(aws, vpc_id)[-1]
        return Made(
            association["AssociationId"],
            {
                "ipv6CidrBlock": association["Ipv6CidrBlock"],
                "ipSource": source,
                "ipv6AddressAttribute": "public",
            },
        )

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = {one["AssociationId"]: one for one in ipv6_associations(aws, known["vpcId"])}
        return inputs_from(found[identity], "ipv6CidrBlock") if identity in found else None

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        association = {"AssociationId": identity, "Ipv6CidrBlock": properties["ipv6CidrBlock"]}
        disassociate(aws, properties["vpcId"], association)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """The association with the requested block. None where AWS chose the block: it could be the VPC's own."""
        return [
            association["AssociationId"]
            for association in ipv6_associations(aws, properties["vpcId"])
            if association["Ipv6CidrBlock"] == properties.get("ipv6CidrBlock")
        ]


def _source_changes(old: Properties, new: Properties) -> bool:
    """Whether the block comes from elsewhere. A length that differs alone changes nothing.

    `resourceVPCUpdate` asks for the length with a new block only. A switch that is off is one that is not set.
    """
    return any((old.get(name) or None) != (new.get(name) or None) for name in SOURCES)


def check_source(operation: str, inputs: Properties) -> None:
    """Refuse two sources for one block, and a block or a length without an IPAM pool, as AWS does."""
    pool = inputs.get("ipv6IpamPoolId")
    if inputs.get("assignGeneratedIpv6CidrBlock") and pool:
        raise refusal(
            operation,
            "InvalidParameterCombination",
            "Only one of AmazonProvidedIpv6CidrBlock and Ipv6IpamPoolId may be specified",
        )
    for name in ("ipv6NetmaskLength", "ipv6CidrBlock"):
        if inputs.get(name) and not pool and operation == "CreateVpc":
            raise refusal(
                operation,
                "MissingParameter",
                f"The request must contain the parameter Ipv6IpamPoolId when {name} is given",
            )


def attributes(aws: Aws, identity: str) -> Properties:
    """The settings of DNS, each by a call of its own, as AWS requires."""
    return {
        name: aws.ec2.describe_vpc_attribute(VpcId=identity, Attribute=name)[
            name[0].upper() + name[1:]
        ]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames")
    }


def set_attributes(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    """Change the attributes that differ, each by a call of its own, as AWS requires."""
    for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"):
        value = new.get(name)
        if value is not None and value != old.get(name):
            aws.ec2.modify_vpc_attribute(
                VpcId=identity, **{name[0].upper() + name[1:]: {"Value": value}}
            )


def associate_from_pool(aws: Aws, vpc_id: str, inputs: Properties) -> None:
    """Allocate a block from the pool in the inputs, and associate it with the VPC."""
    block = take_from_pool(aws, inputs)
    aws.ec2.associate_vpc_cidr_block(
        VpcId=vpc_id, Ipv6CidrBlock=str(block), **request(inputs, "ipv6Pool", "ipv6IpamPoolId")
    )


def disassociate(aws: Aws, vpc_id: str, association: dict[str, Any]) -> None:
    """Take a block from a VPC. AWS refuses it while a subnet uses the block; moto does not."""
    block = IPv6Network(association["Ipv6CidrBlock"])
    for subnet in subnets_of(aws, vpc_id):
        for used in subnet_blocks(subnet):
            if used.subnet_of(block):
                raise refusal(
                    "DisassociateVpcCidrBlock",
                    "InvalidCidrBlock.InUse",
                    f"The vpc CIDR block {block} is in use by subnet {subnet['SubnetId']}.",
                )
    aws.ec2.disassociate_vpc_cidr_block(AssociationId=association["AssociationId"])


def source_of(association: dict[str, Any], known: Properties) -> Properties:
    """The pool and the length of a block, as the provider reads them back. A pool of IPAM has no id in EC2's answer."""
    pool = association.get("Ipv6Pool")
    if is_amazons(association):
        return {"ipv6IpamPoolId": None, "ipv6NetmaskLength": None}
    return {
        "ipv6IpamPoolId": known.get("ipv6IpamPoolId") if pool == "IPAM Managed" else pool,
        "ipv6NetmaskLength": IPv6Network(association["Ipv6CidrBlock"]).prefixlen,
    }


def is_amazons(association: dict[str, Any]) -> bool:
    """Whether a block is of Amazon's addresses, and of no pool."""
    return association.get("Ipv6Pool") in (None, "", "Amazon")


def present(found: Properties) -> Properties:
    """What has a value."""
    return {name: value for name, value in found.items() if value is not None}


def own_parts(aws: Aws, identity: str) -> Properties:
    """Ids of the route table, security group and network ACL that AWS creates with a VPC."""
    where = [{"Name": "vpc-id", "Values": [identity]}]
    table = aws.ec2.describe_route_tables(Filters=where)["RouteTables"][0]["RouteTableId"]
    group = aws.ec2.describe_security_groups(
        Filters=[*where, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"][0]["GroupId"]
    acl = aws.ec2.describe_network_acls(Filters=where)["NetworkAcls"][0]["NetworkAclId"]
    return {
        "defaultRouteTableId": table,
        "mainRouteTableId": table,
        "defaultSecurityGroupId": group,
        "defaultNetworkAclId": acl,
    }


def vpc_dependents(aws: Aws, identity: str) -> list[str]:
    """Ids of the resources that AWS requires to be deleted before the VPC. moto does not check them."""
    where = [{"Name": "vpc-id", "Values": [identity]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [identity]}]
    gateways = aws.ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    egress = aws.ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    endpoints = aws.ec2.describe_vpc_endpoints(Filters=where)["VpcEndpoints"]
    groups = aws.ec2.describe_security_groups(Filters=where)["SecurityGroups"]
    return [
        *(g["InternetGatewayId"] for g in gateways),
        *(g["EgressOnlyInternetGatewayId"] for g in egress if identity in str(g["Attachments"])),
        *(e["VpcEndpointId"] for e in endpoints if e["State"] != "deleted"),
        *(g["GroupId"] for g in groups if g["GroupName"] != "default"),
    ]


def ipv6_associations(aws: Aws, vpc_id: str) -> list[dict[str, Any]]:
    return associated(aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0])


def associated(vpc: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        association
        for association in vpc.get("Ipv6CidrBlockAssociationSet", ())
        if association["Ipv6CidrBlockState"]["State"] == "associated"
    ]


def subnets_of(aws: Aws, vpc_id: str) -> list[dict[str, Any]]:
    where = [{"Name": "vpc-id", "Values": [vpc_id]}]
    return aws.ec2.describe_subnets(Filters=where)["Subnets"]


def subnet_blocks(subnet: dict[str, Any]) -> list[IPv6Network]:
    """The IPv6 blocks of a subnet."""
    return [
        IPv6Network(association["Ipv6CidrBlock"])
        for association in subnet.get("Ipv6CidrBlockAssociationSet", ())
        if association["Ipv6CidrBlockState"]["State"] == "associated"
    ]


RESOURCES = (VpcResource(), VpcIpv6CidrBlockAssociationResource())
