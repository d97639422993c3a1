"""Instances without user data, in a small VPC whose security group allows all traffic among them."""

from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import Any

from components.facts.families import ANYWHERE, Family

VPC, SUBNET = "10.0.0.0/16", "10.0.0.0/20"
IMAGE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
TYPE = "t3.large"


@dataclass(frozen=True, slots=True)
class BareMachine:
    """An instance, and its addresses."""

    instance: str
    ipv4: str
    ipv6: str


def launch(ec2: Any, ssm: Any, zone: str, count: int) -> list[BareMachine]:
    """Launch `count` instances without user data."""
    subnet, group = _network(ec2, zone)
    interface = {
        "DeviceIndex": 0,
        "SubnetId": subnet,
        "Groups": [group],
        "Ipv6AddressCount": 1,
        "AssociatePublicIpAddress": True,
    }
    launched = ec2.run_instances(
        MinCount=count,
        MaxCount=count,
        ImageId=ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"],
        InstanceType=TYPE,
        NetworkInterfaces=[interface],
    )["Instances"]
    found = ec2.describe_instances(InstanceIds=[made["InstanceId"] for made in launched])
    return [
        BareMachine(
            instance["InstanceId"],
            instance["PrivateIpAddress"],
            instance["NetworkInterfaces"][0]["Ipv6Addresses"][0]["Ipv6Address"],
        )
        for reservation in found["Reservations"]
        for instance in reservation["Instances"]
    ]


def _network(ec2: Any, zone: str) -> tuple[str, str]:
    """A public subnet, and a security group that allows all traffic among its members."""
    vpc = ec2.create_vpc(CidrBlock=VPC, AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = IPv6Network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    subnet = ec2.create_subnet(
        VpcId=vpc["VpcId"],
        CidrBlock=SUBNET,
        Ipv6CidrBlock=str(next(block.subnets(new_prefix=64))),
        AvailabilityZone=zone,
    )["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc["VpcId"], InternetGatewayId=gateway)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    table = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
    for key, family in (
        ("DestinationCidrBlock", Family.IPV4),
        ("DestinationIpv6CidrBlock", Family.IPV6),
    ):
        ec2.create_route(RouteTableId=table, GatewayId=gateway, **{key: ANYWHERE[family]})
    group = ec2.create_security_group(
        GroupName="open", Description="Everything among its members", VpcId=vpc["VpcId"]
    )["GroupId"]
    members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[members])
    return subnet, group
