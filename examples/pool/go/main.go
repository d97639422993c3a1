// A network, and a pool of workers for a cluster that something else made.
package main

import (
	"example.com/pulumi-dualstack/sdk/go/dualstack"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	region      = "eu-west-1"
	clusterName = "prod"
)

var zones = []string{"eu-west-1a", "eu-west-1b"}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		nat := dualstack.NatSingle
		network, err := dualstack.NewNetwork(ctx, "network", &dualstack.NetworkArgs{
			Zones:       zones,
			Nat:         &nat,
			ClusterName: pulumi.StringRef(clusterName),
		})
		if err != nil {
			return err
		}
		firewall, err := dualstack.NewFirewall(ctx, "firewall", &dualstack.FirewallArgs{
			VpcId:        network.VpcId,
			VpcIpv4Range: pulumi.String("10.0.0.0/16"),
			VpcIpv6Range: network.Ipv6Range,
			ClusterName:  clusterName,
			Cni:          dualstack.CniFlannel,
			AllowedCidrs: []string{"198.51.100.0/24", "2001:db8:1::/48"},
		})
		if err != nil {
			return err
		}
		roles, err := dualstack.NewRoles(ctx, "roles", &dualstack.RolesArgs{
			Region:      region,
			ClusterName: clusterName,
		})
		if err != nil {
			return err
		}

		// A map by zone: its keys decide where machines may run, so they are plain values.
		subnets := map[string]pulumi.StringInput{}
		for _, zone := range zones {
			subnets[zone] = network.PrivateSubnetIds.MapIndex(pulumi.String(zone))
		}
		batch, err := dualstack.NewWorkerPool(ctx, "batch", &dualstack.WorkerPoolArgs{
			Region: region,
			Cluster: dualstack.ClusterSectionArgs{
				Name:              clusterName,
				KubernetesVersion: "1.36",
				Tags: map[string]pulumi.StringInput{
					"owner": pulumi.String("platform"),
					"cost":  pulumi.String("7"),
				},
			},
			PoolName: "batch",
			Pool: &dualstack.PoolArgs{
				InstanceTypes: []string{"m6i.large", "m5.large"},
				Min:           pulumi.IntRef(0),
				Max:           pulumi.IntRef(10),
				Spot:          pulumi.BoolRef(true),
				Labels:        map[string]string{"tier": "batch", "example.com/team": "data"},
			},
			SubnetIds:           subnets,
			SecurityGroupId:     firewall.WorkerGroupId,
			InstanceProfileName: roles.WorkerProfileName,
		})
		if err != nil {
			return err
		}

		ctx.Export("group", batch.GroupName)
		return nil
	})
}
