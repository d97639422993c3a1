"""The Services of the Kubernetes page on dual-stack: one program for a cluster of any minor."""

import pulumi
from dualstack import DualStackService

config = pulumi.Config()
web = {
    "kubernetes_version": config.require("kubernetesVersion"),
    "selector": {"app.kubernetes.io/name": "web"},
    "ports": [{"port": 80, "target_port": "http"}],
}

# One address, of the family of the cluster's first Service range.
default = DualStackService(
    "web-default", {**web, "name": "web-default", "ip_family_policy": "SingleStack"}
)
# One address of the family that is named.
ipv6 = DualStackService("web-ipv6", {**web, "name": "web-ipv6", "ip_families": ["IPv6"]})
ipv4 = DualStackService("web-ipv4", {**web, "name": "web-ipv4", "ip_families": ["IPv4"]})
# All that the minor has: both families from 1.20 on.
both = DualStackService("web-both", {**web, "name": "web-both"})

pulumi.export(
    "clusterIps",
    {
        "default": default.cluster_ips,
        "ipv6": ipv6.cluster_ips,
        "ipv4": ipv4.cluster_ips,
        "both": both.cluster_ips,
    },
)

if config.get_bool("loadBalancer"):
    # Reached over both families, answered by pods over IPv6.
    balancer = DualStackService(
        "web-load-balancer",
        {**web, "name": "web-load-balancer", "type": "LoadBalancer", "ip_families": ["IPv6"]},
    )
    pulumi.export("loadBalancer", balancer.load_balancer_name)
