// A dual-stack network alone, for machines of any kind.
package main

import (
	"example.com/pulumi-dualstack/sdk/go/dualstack"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		// One gateway for IPv4 in the first zone. IPv6 needs none.
		nat := dualstack.NatSingle
		network, err := dualstack.NewNetwork(ctx, "shared", &dualstack.NetworkArgs{
			Zones:     []string{"eu-west-1a", "eu-west-1b"},
			Ipv4Range: pulumi.StringRef("10.64.0.0/16"),
			Nat:       &nat,
			Tags:      map[string]pulumi.StringInput{"owner": pulumi.String("platform")},
		})
		if err != nil {
			return err
		}

		ctx.Export("vpcId", network.VpcId)
		ctx.Export("ipv6Range", network.Ipv6Range)
		ctx.Export("privateSubnetIds", network.PrivateSubnetIds)
		ctx.Export("publicSubnetIds", network.PublicSubnetIds)
		return nil
	})
}
