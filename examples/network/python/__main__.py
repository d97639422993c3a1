"""A dual-stack network alone, for machines of any kind."""

import pulumi
from dualstack import Network

network = Network(
    "shared",
    {
        "zones": ["eu-west-1a", "eu-west-1b"],
        "ipv4_range": "10.64.0.0/16",
        # One gateway for IPv4 in the first zone. IPv6 needs none.
        "nat": "single",
        "tags": {"owner": "platform"},
    },
)

pulumi.export("vpcId", network.vpc_id)
pulumi.export("ipv6Range", network.ipv6_range)
pulumi.export("privateSubnetIds", network.private_subnet_ids)
pulumi.export("publicSubnetIds", network.public_subnet_ids)
