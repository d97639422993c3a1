"""A team's own dual-stack VPC, made without this library. Its outputs are what a cluster needs to know."""

import pulumi
from pulumi_aws import ec2

ZONES = ["eu-west-1a", "eu-west-1b"]

vpc = ec2.Vpc(
    "team",
    cidr_block="10.40.0.0/16",
    assign_generated_ipv6_cidr_block=True,
    enable_dns_support=True,
    enable_dns_hostnames=True,
    tags={"Name": "team"},
)
internet = ec2.InternetGateway("team", vpc_id=vpc.id)
egress = ec2.EgressOnlyInternetGateway("team", vpc_id=vpc.id)


def block(number: int) -> pulumi.Output[str]:
    """The /64 with this number in the VPC's /56."""
    return vpc.ipv6_cidr_block.apply(
        lambda known: f"{known.removesuffix('00::/56')}{number:02x}::/64"
    )


def subnet(tier: str, zone: str, number: int) -> ec2.Subnet:
    return ec2.Subnet(
        f"{tier}-{zone}",
        vpc_id=vpc.id,
        availability_zone=zone,
        cidr_block=f"10.40.{number * 16}.0/20",
        ipv6_cidr_block=block(number),
        assign_ipv6_address_on_creation=True,
        tags={"Name": f"team-{tier}-{zone}"},
    )


public = subnet("public", ZONES[0], 0)
private = {zone: subnet("private", zone, number) for number, zone in enumerate(ZONES, 1)}

routes = ec2.RouteTable(
    "public",
    vpc_id=vpc.id,
    routes=[
        {"cidr_block": "0.0.0.0/0", "gateway_id": internet.id},
        {"ipv6_cidr_block": "::/0", "gateway_id": internet.id},
    ],
)
ec2.RouteTableAssociation("public", route_table_id=routes.id, subnet_id=public.id)
address = ec2.Eip("team", domain="vpc")
nat = ec2.NatGateway(
    "team",
    subnet_id=public.id,
    allocation_id=address.id,
    opts=pulumi.ResourceOptions(depends_on=[internet]),
)
out = ec2.RouteTable(
    "private",
    vpc_id=vpc.id,
    routes=[
        {"cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id},
        {"ipv6_cidr_block": "::/0", "egress_only_gateway_id": egress.id},
    ],
)
for zone, one in private.items():
    ec2.RouteTableAssociation(f"private-{zone}", route_table_id=out.id, subnet_id=one.id)

pulumi.export("vpcId", vpc.id)
pulumi.export("ipv6Range", vpc.ipv6_cidr_block)
pulumi.export(
    "private",
    {zone: {"id": one.id, "ipv6Range": one.ipv6_cidr_block} for zone, one in private.items()},
)
