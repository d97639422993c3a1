// A network, and a pool of workers for a cluster that something else made.
import * as dualstack from "@pulumi/dualstack";

const region = "eu-west-1";
const clusterName = "prod";

const network = new dualstack.Network("network", {
    zones: ["eu-west-1a", "eu-west-1b"],
    nat: "single",
    clusterName,
});
const firewall = new dualstack.Firewall("firewall", {
    vpcId: network.vpcId,
    vpcIpv4Range: "10.0.0.0/16",
    vpcIpv6Range: network.ipv6Range,
    clusterName,
    cni: "flannel",
    allowedCidrs: ["198.51.100.0/24", "2001:db8:1::/48"],
});
const roles = new dualstack.Roles("roles", { region, clusterName });
const batch = new dualstack.WorkerPool("batch", {
    region,
    cluster: {
        name: clusterName,
        kubernetesVersion: "1.36",
        tags: { owner: "platform", cost: "7" },
    },
    poolName: "batch",
    pool: {
        instanceTypes: ["m6i.large", "m5.large"],
        min: 0,
        max: 10,
        spot: true,
        labels: { tier: "batch", "example.com/team": "data" },
    },
    // A map by zone: its keys decide where machines may run, so they are plain values.
    subnetIds: {
        "eu-west-1a": network.privateSubnetIds.apply((ids) => ids["eu-west-1a"]),
        "eu-west-1b": network.privateSubnetIds.apply((ids) => ids["eu-west-1b"]),
    },
    securityGroupId: firewall.workerGroupId,
    instanceProfileName: roles.workerProfileName,
});

export const group = batch.groupName;
