"""Further IPv4 blocks of a VPC, with the checks that moto lacks."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from botocore.exceptions import ClientError

from ..resource_type import Made, Properties
from .resource import AwsResource
from .session import Aws, refusal
from .vpc import subnets_of

SPACES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""The spaces of RFC 1918. AWS adds a block of one of them only to a VPC whose blocks are in the same one:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions"""


class VpcIpv4CidrBlockAssociationResource(AwsResource):
    """A further IPv4 block of a VPC."""

    engine_type = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    tagged = False
    replaces = frozenset({"*"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        vpc_id, block = inputs["vpcId"], inputs["cidrBlock"]
        # Two requests at the same moment may ask for overlapping blocks.
        with aws.clients.subnets:
            _check(IPv4Network(block), [taken for _, taken in _blocks(aws, vpc_id)])
            made = aws.ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=block)
        return Made(made["CidrBlockAssociation"]["AssociationId"], {"cidrBlock": block})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        for association, block in _blocks(aws, known["vpcId"]):
            if association["AssociationId"] == identity:
                return {"cidrBlock": str(block)}
        return None

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        block = IPv4Network(properties["cidrBlock"])
        for subnet in subnets_of(aws, properties["vpcId"]):
            if IPv4Network(subnet["CidrBlock"]).subnet_of(block):
                raise refusal(
                    "DisassociateVpcCidrBlock",
                    "InvalidCidrBlock.InUse",
                    f"The vpc CIDR block {block} is in use by subnet {subnet['SubnetId']}.",
                )
        try:
            aws.ec2.disassociate_vpc_cidr_block(AssociationId=identity)
        except ClientError as error:
            # moto then takes a local route out of every table, and tables that are older than the block have none.
            if error.response["Error"]["Code"] != "InvalidRoute.NotFound":
                raise

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        return [
            association["AssociationId"]
            for association, block in _blocks(aws, properties["vpcId"])
            if str(block) == properties["cidrBlock"]
        ]


def _blocks(aws: Aws, vpc_id: str) -> Iterator[tuple[dict[str, Any], IPv4Network]]:
    vpc = aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    for association in vpc["CidrBlockAssociationSet"]:
        if association["CidrBlockState"]["State"] == "associated":
            yield association, IPv4Network(association["CidrBlock"])


def _check(wanted: IPv4Network, taken: list[IPv4Network]) -> None:
    for block in taken:
        if wanted.overlaps(block):
            raise refusal(
                "AssociateVpcCidrBlock",
                "InvalidVpc.Range",
                f"The CIDR '{wanted}' conflicts with another of the VPC.",
            )
    spaces = [space for space in SPACES if wanted.subnet_of(space)]
    if spaces and not any(block.subnet_of(spaces[0]) for block in taken):
        raise refusal(
            "AssociateVpcCidrBlock",
            "InvalidVpc.Range",
            f"The CIDR '{wanted}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR.",
        )


RESOURCES = (VpcIpv4CidrBlockAssociationResource(),)
