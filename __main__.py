"""The program: one stack's configuration becomes one cluster."""

from typing import cast

import pulumi
from pydantic.alias_generators import to_camel

from components import Cluster, ClusterArgs
from components.config.json_text import parsed
from components.config.spelling import CamelCase
from components.config.unread import unread

config = pulumi.Config()


def read(key: str) -> object:
    """A section as it was written: what is no JSON is a text, and a key with nothing after it is left out."""
    text = config.get(key) or None
    try:
        return parsed(text or "null")
    except ValueError:
        return text


sections = {name: read(to_camel(name)) for name in ClusterArgs.__annotations__}
sections["region"] = pulumi.Config("aws").get("region") or None
given = {to_camel(name): section for name, section in sections.items() if section is not None}
written = pulumi.runtime.config.get_config_env() | pulumi.runtime.config.CONFIG.get()
given |= unread(written, config.name, {to_camel(name) for name in sections})

basics = given.get("cluster")
name = str(basics.get("name")) if isinstance(basics, dict) else "cluster"

cluster = Cluster(name, cast("ClusterArgs", CamelCase(given)))

pulumi.export("apiEndpoint", cluster.api_endpoint)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("readerKubeconfig", cluster.reader_kubeconfig)
pulumi.export("addressPlan", cluster.address_plan)
pulumi.export("vpcId", cluster.vpc_id)
pulumi.export("publicSubnetIds", cluster.public_subnet_ids)
pulumi.export("privateSubnetIds", cluster.private_subnet_ids)
pulumi.export("privateRouteTableIds", cluster.private_route_table_ids)
pulumi.export("natAddresses", cluster.nat_addresses)
pulumi.export("controlPlaneGroupId", cluster.control_plane_group_id)
pulumi.export("workerGroupId", cluster.worker_group_id)
pulumi.export("caCertificate", cluster.ca_certificate)
pulumi.export("controlPlaneRoleArn", cluster.control_plane_role_arn)
pulumi.export("workerRoleArn", cluster.worker_role_arn)
pulumi.export("workerRoleName", cluster.worker_role_name)
pulumi.export("issuerProviderArn", cluster.issuer_provider_arn)
pulumi.export("addonRoleNames", cluster.addon_role_names)
pulumi.export("backupBucket", cluster.backup_bucket)
