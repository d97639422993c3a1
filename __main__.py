"""The program: one stack's configuration becomes one cluster."""

from typing import cast

import pulumi

from components import Cluster, ClusterArgs

SECTIONS = (
    "cluster",
    "network",
    "pods",
    "services",
    "api",
    "controlPlane",
    "workers",
    "nodes",
    "software",
    "kubeadm",
    "addons",
)

config = pulumi.Config()
sections = {section: config.get_object(section) for section in SECTIONS}
given = {section: value for section, value in sections.items() if value is not None}
given["region"] = pulumi.Config("aws").get("region")

basics = given.get("cluster")
name = str(basics.get("name")) if isinstance(basics, dict) else "cluster"

cluster = Cluster(name, cast("ClusterArgs", given))

pulumi.export("apiEndpoint", cluster.api_endpoint)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("addressPlan", cluster.address_plan)
pulumi.export("vpcId", cluster.vpc_id)
pulumi.export("publicSubnetIds", cluster.public_subnet_ids)
pulumi.export("privateSubnetIds", cluster.private_subnet_ids)
pulumi.export("controlPlaneRoleArn", cluster.control_plane_role_arn)
pulumi.export("workerRoleArn", cluster.worker_role_arn)
