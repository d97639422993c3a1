// A whole cluster, and how others reach it.
package main

import (
	"example.com/pulumi-dualstack/sdk/go/dualstack"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		// Pulumi installs add-ons through the API of the cluster. Turn them off where this program cannot reach it.
		addons := config.RequireBool(ctx, "addons")

		cluster, err := dualstack.NewCluster(ctx, "prod", &dualstack.ClusterArgs{
			Region: "eu-west-1",
			Cluster: dualstack.ClusterSectionArgs{
				Name:              "prod",
				KubernetesVersion: "1.36",
			},
			Network: &dualstack.NetworkSectionArgs{
				Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
			},
			// Offices and VPNs, in both families.
			Api: dualstack.ApiArgs{
				AllowedCidrs: []string{"198.51.100.0/24", "2001:db8:1::/48"},
			},
			ControlPlane: &dualstack.ControlPlaneSectionArgs{Count: pulumi.IntRef(3)},
			Workers: map[string]dualstack.PoolArgs{
				"general": {Min: pulumi.IntRef(2), Max: pulumi.IntRef(6)},
			},
			Addons: &dualstack.AddonsSectionArgs{Cni: &addons, CloudController: &addons},
		})
		if err != nil {
			return err
		}

		ctx.Export("apiEndpoint", cluster.ApiEndpoint)
		ctx.Export("kubeconfig", cluster.Kubeconfig)
		return nil
	})
}
