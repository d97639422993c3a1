// A whole cluster, and how others reach it.
import * as pulumi from "@pulumi/pulumi";
import * as dualstack from "@pulumi/dualstack";

// Pulumi installs add-ons through the API of the cluster. Turn them off where this program cannot reach it.
const addons = new pulumi.Config().getBoolean("addons") ?? true;

const cluster = new dualstack.Cluster("prod", {
    region: "eu-west-1",
    cluster: { name: "prod", kubernetesVersion: "1.36" },
    network: { zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"] },
    // Offices and VPNs, in both families.
    api: { allowedCidrs: ["198.51.100.0/24", "2001:db8:1::/48"] },
    controlPlane: { count: 3 },
    workers: { general: { min: 2, max: 6 } },
    addons: { cni: addons, cloudController: addons },
});

export const { apiEndpoint, kubeconfig } = cluster;
