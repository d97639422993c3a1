"""Two networks that reach each other by peering, in both families."""

import pulumi
from dualstack import Network
from pulumi_aws import ec2

ZONES = ["eu-west-1a", "eu-west-1b"]

# Ranges of networks that are connected must not overlap. IPv6 ranges never do: AWS gives each VPC its own.
cluster = Network("cluster", {"zones": ZONES, "ipv4_range": "10.64.0.0/16", "nat": "single"})
shared = Network("shared", {"zones": ZONES, "ipv4_range": "10.65.0.0/16", "nat": "single"})

peering = ec2.VpcPeeringConnection(
    "cluster-shared",
    vpc_id=cluster.vpc_id,
    peer_vpc_id=shared.vpc_id,
    auto_accept=True,
    tags={"Name": "cluster-shared"},
)

for name, here, there in (("cluster", cluster, shared), ("shared", shared, cluster)):
    for zone in ZONES:
        table = here.private_route_table_ids[zone]
        ec2.Route(
            f"{name}-{zone}-peer-ipv4",
            route_table_id=table,
            destination_cidr_block=there.ipv4_range,
            vpc_peering_connection_id=peering.id,
        )
        ec2.Route(
            f"{name}-{zone}-peer-ipv6",
            route_table_id=table,
            # An IPv4 route matches no IPv6 packet: without this one, nothing is reached over IPv6.
            destination_ipv6_cidr_block=there.ipv6_range,
            vpc_peering_connection_id=peering.id,
        )

pulumi.export("peering", peering.id)
