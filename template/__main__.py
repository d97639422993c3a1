"""A dual-stack Kubernetes cluster. The file of each stack has its settings; `pulumi config set` changes them."""

import pulumi
from dualstack import Cluster

config = pulumi.Config()


def listed(key: str) -> list[str]:
    """The entries of a setting that has commas between them."""
    return [entry.strip() for entry in config.require(key).split(",")]


addons = config.get_bool("addons", default=True)

cluster = Cluster(
    config.require("clusterName"),
    {
        "region": pulumi.Config("aws").require("region"),
        "cluster": {
            "name": config.require("clusterName"),
            "kubernetes_version": config.require("kubernetesVersion"),
        },
        "network": {"zones": listed("zones"), "nat": "single"},
        # Pulumi installs the add-ons through the API, so it has to be in the ranges too.
        "api": {"scheme": "internet-facing", "allowed_cidrs": listed("allowedCidrs")},
        # One is for trying things. Three survive the loss of one.
        "control_plane": {"count": 1},
        "workers": {"general": {"instance_types": ["t3.medium"], "min": 1, "max": 4}},
        # Turn them off where Pulumi cannot reach the API, or where another tool installs them.
        "addons": {"cni": addons, "cloud_controller": addons},
    },
)

pulumi.export("apiEndpoint", cluster.api_endpoint)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("addressPlan", cluster.address_plan)
