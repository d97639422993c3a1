"""A cluster in a VPC that another team's stack made."""

import pulumi
from dualstack import Cluster

config = pulumi.Config()
team = pulumi.StackReference(config.require("networkStack"))
private = team.require_output("private")

# The ranges that decide what fits where are plain values. What only AWS knows comes from the other stack.
RANGES = {"eu-west-1a": "10.40.16.0/20", "eu-west-1b": "10.40.32.0/20"}

cluster = Cluster(
    "guest",
    {
        "region": "eu-west-1",
        "cluster": {"name": "guest", "kubernetes_version": "1.36"},
        "existing_network": {
            "vpc_id": team.require_output("vpcId"),
            "ipv4_ranges": ["10.40.0.0/16"],
            "ipv6_range": team.require_output("ipv6Range"),
            "private_subnets": {
                zone: {
                    "id": private[zone]["id"],
                    "ipv4_range": ipv4_range,
                    "ipv6_range": private[zone]["ipv6Range"],
                }
                for zone, ipv4_range in RANGES.items()
            },
            # The other team allows tags. Without them, name the subnets in each Service of type LoadBalancer.
            "tag_subnets": True,
        },
        # The load balancer is in the private subnets: clients are in the VPC, or in networks connected to it.
        "api": {"scheme": "internal", "allowed_cidrs": ["10.40.0.0/16", "2001:db8:1::/48"]},
        "control_plane": {"count": 1},
        "workers": {"general": {"max": 2}},
        # Pulumi outside the VPC cannot reach this API. Install the add-ons from inside.
        "addons": {"cni": False, "cloud_controller": False},
    },
)

pulumi.export("apiEndpoint", cluster.api_endpoint)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("addressPlan", cluster.address_plan)
