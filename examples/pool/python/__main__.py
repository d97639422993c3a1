"""A network, and a pool of workers for a cluster that something else made."""

import pulumi
from dualstack import Firewall, Network, Roles, WorkerPool

REGION = "eu-west-1"
CLUSTER = "prod"
ZONES = ["eu-west-1a", "eu-west-1b"]

network = Network("network", {"zones": ZONES, "nat": "single", "cluster_name": CLUSTER})
firewall = Firewall(
    "firewall",
    {
        "vpc_id": network.vpc_id,
        "vpc_ipv4_range": "10.0.0.0/16",
        "vpc_ipv6_range": network.ipv6_range,
        "cluster_name": CLUSTER,
        "cni": "flannel",
        "allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"],
    },
)
roles = Roles("roles", {"region": REGION, "cluster_name": CLUSTER})
batch = WorkerPool(
    "batch",
    {
        "region": REGION,
        "cluster": {
            "name": CLUSTER,
            "kubernetes_version": "1.36",
            "tags": {"owner": "platform", "cost": "7"},
        },
        "pool_name": "batch",
        "pool": {
            "instance_types": ["m6i.large", "m5.large"],
            "min": 0,
            "max": 10,
            "spot": True,
            "labels": {"tier": "batch", "example.com/team": "data"},
        },
        # A map by zone: its keys decide where machines may run, so they are plain values.
        "subnet_ids": {zone: network.private_subnet_ids[zone] for zone in ZONES},
        "security_group_id": firewall.worker_group_id,
        "instance_profile_name": roles.worker_profile_name,
    },
)

pulumi.export("group", batch.group_name)
