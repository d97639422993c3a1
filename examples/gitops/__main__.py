"""A cluster whose network and controllers a GitOps tool installs. Pulumi makes AWS and the machines alone."""

import pulumi
from dualstack import Cluster

cluster = Cluster(
    "fleet",
    {
        "region": "eu-west-1",
        "cluster": {"name": "fleet", "kubernetes_version": "1.36"},
        "network": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
        "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
        # Written out: the IPv6 defaults depend on project and stack, and manifests need the same.
        "pods": {"ipv4_range": "10.244.0.0/16", "ipv6_range": "fd12:3456:789a:100::/56"},
        "services": {"ipv4_range": "10.96.0.0/16", "ipv6_range": "fd12:3456:789a::/112"},
        # Controllers that call AWS take their permissions from here, whichever tool installs them.
        "control_plane": {"metadata_hop_limit": 2},
        "workers": {"general": {"min": 2, "max": 6}},
        # Pulumi does not speak to the API of the cluster, so a hosted runner can run this program.
        "addons": {"cni": False, "cloud_controller": False},
    },
)

# The tool reaches the cluster by the first, and writes the others into the values of its charts.
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("clusterName", "fleet")
pulumi.export("vpcId", cluster.vpc_id)
pulumi.export("addressPlan", cluster.address_plan)
pulumi.export("controlPlaneRoleArn", cluster.control_plane_role_arn)
