// A dual-stack network alone, for machines of any kind.
import * as dualstack from "@pulumi/dualstack";

const network = new dualstack.Network("shared", {
    zones: ["eu-west-1a", "eu-west-1b"],
    ipv4Range: "10.64.0.0/16",
    // One gateway for IPv4 in the first zone. IPv6 needs none.
    nat: "single",
    tags: { owner: "platform" },
});

export const { vpcId, ipv6Range, privateSubnetIds, publicSubnetIds } = network;
