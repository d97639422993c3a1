"""A whole cluster, and how others reach it."""

import pulumi
from dualstack import Cluster

# Pulumi installs add-ons through the API of the cluster. Turn them off where this program cannot reach it.
addons = pulumi.Config().get_bool("addons", default=True)

cluster = Cluster(
    "prod",
    {
        "region": "eu-west-1",
        "cluster": {"name": "prod", "kubernetes_version": "1.36"},
        "network": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
        # Offices and VPNs, in both families.
        "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
        "control_plane": {"count": 3},
        "workers": {"general": {"min": 2, "max": 6}},
        "addons": {"cni": addons, "cloud_controller": addons},
    },
)

pulumi.export("apiEndpoint", cluster.api_endpoint)
pulumi.export("kubeconfig", cluster.kubeconfig)
