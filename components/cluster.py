"""A whole cluster: its parts, in the order in which they depend on each other."""

from typing import NotRequired, cast

import pulumi

from .addons import Addons, AddonsArgs
from .address_plan import address_rows, address_table, cluster_rows
from .args import (
    AddonSwitchesArgs,
    ApiArgs,
    MachinesArgs,
    NetworkLayoutArgs,
    NodeArgs,
    PodsArgs,
    PoolArgs,
    ServicesArgs,
)
from .boundary import checked
from .catalog import installed
from .control_plane import ControlPlane, ControlPlaneArgs
from .endpoint import API_PORT, ApiEndpoint, ApiEndpointArgs
from .facts.choices import Scheme
from .firewall import Firewall
from .identity import Identity
from .network import Network
from .roles import Roles
from .routing import nat_zones
from .rules.warnings import warnings
from .spec.cluster import Spec
from .workers import WorkerPool, WorkerPoolArgs


class ClusterArgs(NodeArgs):
    """Everything a cluster is."""

    network: NetworkLayoutArgs
    """The VPC."""
    api: ApiArgs
    """The API endpoint."""
    pods: NotRequired[PodsArgs]
    """The addresses of pods."""
    services: NotRequired[ServicesArgs]
    """The addresses of Services."""
    addons: NotRequired[AddonSwitchesArgs]
    """What is installed into the cluster."""
    control_plane: NotRequired[MachinesArgs]
    """The machines that run the API server and etcd."""
    workers: NotRequired[dict[str, PoolArgs]]
    """Pools of workers by name."""


NODE_KEYS = frozenset(("region", "cluster", "nodes", "software", "kubeadm"))
"""The sections that every machine is made from."""

CONTROL_PLANE_KEYS = frozenset(("control_plane", "pods", "services"))
"""The sections that only control planes are made from."""

ADDON_KEYS = frozenset(("addons", "control_plane", "pods", "services"))
"""The sections that what runs inside the cluster is made from, beside those of every machine."""


class Cluster(pulumi.ComponentResource):
    """A dual-stack Kubernetes cluster."""

    api_endpoint: pulumi.Output[str]
    """The URL of its API."""
    kubeconfig: pulumi.Output[str]
    """A kubeconfig for the administrator. Secret."""
    vpc_id: pulumi.Output[str]
    """Its VPC."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """The public subnet of each zone."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """The private subnet of each zone."""
    address_plan: pulumi.Output[list[dict[str, str]]]
    """Where everything has its addresses: each subnet, pods and Services, in both families."""
    control_plane_role_arn: pulumi.Output[str]
    """The control planes' role."""
    worker_role_arn: pulumi.Output[str]
    """The workers' role."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        owner = {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
        spec = checked(Spec, {**args, **owner})
        for warning in warnings(spec):
            pulumi.log.warn(str(warning))
        super().__init__("dualstack:index:Cluster", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # What was left out is there again, and every part is given the same.
        plain = cast("ClusterArgs", spec.model_dump(exclude_none=True))
        tags, protect = spec.cluster.tags, spec.cluster.protect
        public = spec.api.scheme is Scheme.INTERNET_FACING
        if pulumi.runtime.is_dry_run():
            pulumi.log.info(f"The address plan:\n{address_table(address_rows(spec))}", self)

        network = Network(
            name,
            {
                **plain["network"],
                "cluster_name": spec.cluster.name,
                "tags": tags,
                "protect": protect,
            },
            child,
        )
        firewall = Firewall(
            name,
            {
                "vpc_id": network.vpc_id,
                "vpc_ipv4_range": str(spec.network.ipv4_range),
                "vpc_ipv6_range": network.ipv6_range,
                "cluster_name": spec.cluster.name,
                "cni": spec.cluster.cni,
                "allowed_cidrs": plain["api"]["allowed_cidrs"],
                "nat_addresses": {
                    zone: network.nat_addresses[zone] for zone in nat_zones(spec.network) if public
                },
                "tags": tags,
            },
            child,
        )
        reached_in = network.public_subnet_ids if public else network.private_subnet_ids
        endpoint = ApiEndpoint(
            f"{name}-api",
            cast(
                "ApiEndpointArgs",
                {
                    **{key: value for key, value in plain["api"].items() if key != "allowed_cidrs"},
                    "vpc_id": network.vpc_id,
                    # One by one: of a list that is not known as a whole a preview says that it may replace the balancer.
                    "subnet_ids": [reached_in[zone] for zone in spec.network.zones],
                    "security_group_id": firewall.load_balancer_group_id,
                    "ip_families": spec.families,
                    "tags": tags,
                    "protect": protect,
                },
            ),
            child,
        )
        identity = Identity(
            name,
            {
                "cluster_name": spec.cluster.name,
                "api_host": endpoint.host,
                "tags": tags,
                "protect": protect,
            },
            child,
        )
        roles = Roles(
            name,
            {
                "region": spec.region,
                "cluster_name": spec.cluster.name,
                "cloud_provider": spec.cluster.cloud_provider,
                "load_balancer_controller": spec.addons.load_balancer_controller,
                "ebs_csi": spec.addons.ebs_csi,
                "session_manager": spec.nodes.session_manager,
                "tags": tags,
            },
            child,
        )
        # A machine needs the way out, and its role, as soon as it boots; what else it is told of it waits for, since the load
        # balancer is not there for minutes. It renews the token, which has to outlive it.
        booted = pulumi.ResourceOptions(parent=self, depends_on=[network, roles, identity.token])
        subnets = {zone: network.private_subnet_ids[zone] for zone in spec.network.zones}
        machine = {key: value for key, value in plain.items() if key in NODE_KEYS}
        control_plane = {key: value for key, value in plain.items() if key in CONTROL_PLANE_KEYS}
        control_planes = ControlPlane(
            f"{name}-control-plane",
            cast(
                "ControlPlaneArgs",
                {
                    **machine,
                    **control_plane,
                    "subnet_ids": subnets,
                    "security_group_id": firewall.control_plane_group_id,
                    "instance_profile_name": roles.control_plane_profile_name,
                    "target_group_arn": endpoint.target_group_arn,
                },
            ),
            booted,
        )
        for pool, size in plain.get("workers", {}).items():
            WorkerPool(
                f"{name}-{pool}",
                cast(
                    "WorkerPoolArgs",
                    {
                        **machine,
                        "pool_name": pool,
                        "pool": size,
                        "subnet_ids": subnets,
                        "security_group_id": firewall.worker_group_id,
                        "instance_profile_name": roles.worker_profile_name,
                    },
                ),
                booted,
            )
        if installed(spec):
            Addons(
                f"{name}-addons",
                cast(
                    "AddonsArgs",
                    {
                        **machine,
                        **{key: value for key, value in plain.items() if key in ADDON_KEYS},
                        "kubeconfig": identity.kubeconfig,
                        "identity": identity.ca_hash,
                        "control_plane_ids": control_planes.instance_ids,
                    },
                ),
                pulumi.ResourceOptions(parent=self, deleted_with=control_planes),
            )

        self.api_endpoint = pulumi.Output.concat("https://", endpoint.host, f":{API_PORT}")
        self.kubeconfig = identity.kubeconfig
        self.vpc_id = network.vpc_id
        self.public_subnet_ids = network.public_subnet_ids
        self.private_subnet_ids = network.private_subnet_ids
        self.address_plan = network.address_plan.apply(lambda rows: [*rows, *cluster_rows(spec)])
        self.control_plane_role_arn = roles.control_plane_role_arn
        self.worker_role_arn = roles.worker_role_arn
        self.register_outputs(
            {
                "api_endpoint": self.api_endpoint,
                "kubeconfig": self.kubeconfig,
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "address_plan": self.address_plan,
                "control_plane_role_arn": self.control_plane_role_arn,
                "worker_role_arn": self.worker_role_arn,
            }
        )
