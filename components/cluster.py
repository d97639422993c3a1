"""A whole cluster: its parts, in the order in which they depend on each other."""

from collections.abc import Mapping
from functools import partial
from typing import NotRequired

import pulumi

from .addons import Addons, AddonsArgs
from .address_plan import address_rows, address_table, cluster_rows
from .args import ClusterSpecArgs
from .backups import Backups, BackupsArgs
from .boundary import Refusal, args_of, checked
from .catalog import any_installed
from .clean_up import hold
from .config.check import Fault
from .config.secret_texts import APART
from .config.spelling import spelled
from .control_plane import ControlPlane, ControlPlaneArgs
from .endpoint import ApiEndpoint, ApiEndpointArgs
from .existing import asking, look_up
from .existing_network import ExistingNetwork
from .facts import ports
from .facts.choices import Scheme
from .firewall import Firewall, FirewallArgs
from .health import say_health
from .identity import Identity, IdentityArgs
from .image_age import warn_of_age
from .network import Network, NetworkArgs
from .outputs import gather, pass_on, register
from .roles import Roles, RolesArgs
from .rules.part_names import cluster_part_names
from .rules.warnings import warnings
from .running_pool import look_up_pool, look_up_records, versions
from .secret_files import has_secret_files, ill_given, recorded, texts, without_texts
from .service_account_issuer import ServiceAccountIssuer, ServiceAccountIssuerArgs
from .spec.cluster import Spec
from .spec.existing_network import ExistingNetworkSection
from .vpc_look_up import account_faults
from .workers import WorkerPool, WorkerPoolArgs


class ClusterArgs(ClusterSpecArgs):
    """A whole cluster."""

    secret_files: NotRequired[Mapping[str, pulumi.Input[str]]]
    """The texts of secret files, by path: of those in `kubeadm.files` that are secret and have no text there."""


class Cluster(pulumi.ComponentResource):
    """A dual-stack Kubernetes cluster."""

    api_endpoint: pulumi.Output[str]
    """The URL of its API."""
    kubeconfig: pulumi.Output[str]
    """A kubeconfig for the administrator. Secret."""
    reader_kubeconfig: pulumi.Output[str | None]
    """A kubeconfig that only reads, with `addons.reader`. Secret."""
    vpc_id: pulumi.Output[str]
    """The VPC."""
    ipv4_range: pulumi.Output[str]
    """The VPC's IPv4 range."""
    ipv6_range: pulumi.Output[str]
    """The VPC's IPv6 range."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """The public subnet of each zone."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """The private subnet of each zone."""
    public_route_table_id: pulumi.Output[str | None]
    """The route table of all public subnets."""
    private_route_table_ids: pulumi.Output[dict[str, str]]
    """The route table of each zone's private subnet."""
    internet_gateway_id: pulumi.Output[str | None]
    """The internet gateway."""
    egress_only_gateway_id: pulumi.Output[str | None]
    """The egress-only internet gateway, through which IPv6 traffic of private subnets leaves the VPC."""
    nat_gateway_ids: pulumi.Output[dict[str, str]]
    """The NAT gateway of each zone that has one."""
    nat_addresses: pulumi.Output[dict[str, str]]
    """The public address of each zone's NAT gateway. It is the source address of nodes' IPv4 traffic outside the VPC. With a
    transit gateway, the addresses that were named."""
    transit_attachment_id: pulumi.Output[str | None]
    """The attachment of the private subnets to a transit gateway."""
    tier_subnet_ids: pulumi.Output[dict[str, dict[str, str]]]
    """The subnets of each further tier, by the tier's name and by zone."""
    tier_route_table_ids: pulumi.Output[dict[str, dict[str, str]]]
    """The route tables of each further tier's subnets, by the tier's name and by zone. Only those of an isolated tier
    are its own."""
    address_plan: pulumi.Output[list[dict[str, str]]]
    """The address plan: each subnet, the pods and the Services, in both families."""
    load_balancer_group_id: pulumi.Output[str]
    """The security group of the API's load balancer."""
    control_plane_group_id: pulumi.Output[str]
    """The security group of control planes."""
    worker_group_id: pulumi.Output[str]
    """The security group of workers."""
    host: pulumi.Output[str]
    """The DNS name of its API, with A and AAAA records."""
    load_balancer_arn: pulumi.Output[str]
    """The API's load balancer."""
    load_balancer_dns_name: pulumi.Output[str]
    """The load balancer's own DNS name, to which further names can be aliases."""
    load_balancer_zone_id: pulumi.Output[str]
    """The Route 53 zone of that name, which an alias record needs."""
    target_group_arn: pulumi.Output[str]
    """The group that control-plane machines are registered in."""
    ca_certificate: pulumi.Output[str]
    """The certificate of the cluster's certificate authority, as PEM."""
    ca_hash: pulumi.Output[str]
    """The hash with which a joining machine verifies the cluster's certificate authority."""
    service_account_public_key: pulumi.Output[str]
    """The public key of the tokens of ServiceAccounts, as PEM: of the key that signs."""
    service_account_public_keys: pulumi.Output[list[str]]
    """The public keys of the tokens of ServiceAccounts, as PEM: all since the first, by their numbers."""
    kms_key_arn: pulumi.Output[str]
    """The KMS key that encrypts the cluster's secret SSM parameters."""
    secret_revision: pulumi.Output[str]
    """A digest that changes with the texts of secret files, and reveals nothing of them. Control planes that run take over another text then."""
    parameter_folders: pulumi.Output[dict[str, str]]
    """The folders of the cluster's SSM parameters: controlPlane, join, programs, leader, status and running."""
    control_plane_role_arn: pulumi.Output[str]
    """The control planes' role."""
    control_plane_role_name: pulumi.Output[str]
    """The name of that role, by which a policy is attached to it."""
    control_plane_profile_name: pulumi.Output[str]
    """The control planes' instance profile."""
    control_plane_profile_arn: pulumi.Output[str]
    """The ARN of that profile."""
    worker_role_arn: pulumi.Output[str]
    """The workers' role."""
    worker_role_name: pulumi.Output[str]
    """The name of that role, by which a policy is attached to it."""
    worker_profile_name: pulumi.Output[str]
    """The workers' instance profile."""
    worker_profile_arn: pulumi.Output[str]
    """The ARN of that profile."""
    issuer_url: pulumi.Output[str | None]
    """The URL that the tokens of ServiceAccounts name as their issuer, with `serviceAccountIssuer.enabled`."""
    issuer_provider_arn: pulumi.Output[str | None]
    """The identity provider of these tokens in IAM, which `PodRole` takes."""
    addon_role_arns: pulumi.Output[dict[str, str]]
    """The role of each add-on that has one of its own, by the add-on's name: with `serviceAccountIssuer.enabled` those that
    call AWS."""
    addon_role_names: pulumi.Output[dict[str, str]]
    """The names of these roles, by which a policy is attached to them."""
    backup_bucket: pulumi.Output[str | None]
    """The bucket with the snapshots of etcd."""
    instance_ids: pulumi.Output[list[str]]
    """The control planes, in the order of their names."""
    group_names: pulumi.Output[dict[str, str]]
    """The Auto Scaling group of each pool."""
    group_arns: pulumi.Output[dict[str, str]]
    """The ARN of each pool's group."""
    launch_template_ids: pulumi.Output[dict[str, str]]
    """The launch template of each pool."""
    launch_template_versions: pulumi.Output[dict[str, str]]
    """The version of that template with which the group makes machines, by pool."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A dual-stack Kubernetes cluster.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        whole = checked(
            Spec,
            args,
            *APART,
            optional=APART,
            rules=[lambda spec: ill_given(spec, args), cluster_part_names(name)],
        )
        spec = without_texts(whole)
        for warning in warnings(spec):
            pulumi.log.warn(str(spelled(args, Spec, warning)))
        if spec.existing_network:

            def warn(warning: Fault) -> None:
                pulumi.log.warn(str(spelled(args, Spec, warning)))

            faults = [*account_faults(spec.existing_network, asking(opts), warn)]
            if faults:
                raise Refusal(spelled(args, Spec, fault) for fault in faults)
        records = look_up_records(opts, spec.cluster.name) if spec.workers else None
        pools = versions(records or {})
        existing = look_up(opts, f"{name}-control-plane", spec, args, pools)
        spec = existing.kept(spec)
        running = {
            pool: look_up_pool(opts, f"{name}-{pool}", spec.pool(pool), records or {})
            for pool in spec.workers
        }
        warn_of_age(asking(opts), spec)
        super().__init__("dualstack:index:Cluster", name, recorded(args), opts)
        child = pulumi.ResourceOptions(parent=self)
        if pulumi.runtime.is_dry_run():
            pulumi.log.info(f"The address plan:\n{address_table(address_rows(spec))}", self)
        zones, public = spec.vpc.zones, spec.api.scheme is Scheme.INTERNET_FACING

        network = self._network(name, spec)
        firewall = Firewall(
            name,
            args_of(
                FirewallArgs,
                spec.firewall_part(),
                vpc_id=network.vpc_id,
                vpc_ipv6_range=network.ipv6_range,
                nat_addresses={
                    word: network.nat_addresses[word] for word in spec.vpc.nat_names if public
                },
            ),
            child,
        )
        reached_in = network.public_subnet_ids if public else network.private_subnet_ids
        endpoint = ApiEndpoint(
            f"{name}-api",
            args_of(
                ApiEndpointArgs,
                spec.endpoint_part(),
                vpc_id=network.vpc_id,
                # Pass the ids one by one. If the whole list is an unknown output, a preview reports that the load
                # balancer may be replaced.
                subnet_ids=[reached_in[zone] for zone in zones],
                security_group_id=firewall.load_balancer_group_id,
            ),
            child,
        )
        identity = Identity(
            name,
            args_of(
                IdentityArgs,
                spec.identity_part(),
                api_host=endpoint.host,
                secret_files=texts(whole, args),
            ),
            child,
        )
        if pulumi.runtime.is_dry_run() and existing.changes(spec):
            identity.kubeconfig.apply(partial(say_health, wanted=spec.kubernetes))
        roles = Roles(name, args_of(RolesArgs, spec.roles_part()), child)
        issued = self._issuer(name, spec, identity)
        backups = self._backups(name, spec, identity, roles)
        # Machines need routes, the firewall's rules and their role at boot, and once more when they end. They do not depend on the load balancer: it takes minutes to create,
        # and they wait for its name in SSM. They depend on the token parameter because a control plane renews it: destroyed
        # before the machines, the parameter would be recreated.
        routed = [network] if isinstance(network, Network) else []
        # The programs they fetch when they boot again.
        booted = pulumi.ResourceOptions(
            parent=self,
            depends_on=[*routed, firewall, roles, identity.token, identity.programs, *issued],
        )
        subnets = {zone: network.private_subnet_ids[zone] for zone in zones}
        control_plane = ControlPlane(
            f"{name}-control-plane",
            args_of(
                ControlPlaneArgs,
                spec.control_plane_part(),
                subnet_ids=subnets,
                security_group_id=firewall.control_plane_group_id,
                instance_profile_name=roles.control_plane_profile_name,
                target_group_arn=endpoint.target_group_arn,
                **({"secret_revision": identity.secret_revision} if has_secret_files(spec) else {}),
            ),
            booted,
            existing,
        )
        # Kubelets must not be newer than an API server.
        follow = pulumi.ResourceOptions.merge(
            booted, pulumi.ResourceOptions(depends_on=control_plane.arrival)
        )
        pools = {
            pool: WorkerPool(
                f"{name}-{pool}",
                args_of(
                    WorkerPoolArgs,
                    spec.pool(pool),
                    subnet_ids=subnets,
                    security_group_id=firewall.worker_group_id,
                    instance_profile_name=roles.worker_profile_name,
                ),
                follow,
                running[pool],
            )
            for pool in spec.workers
        }
        # Keys and backups too: a destroy that is stopped must leave a cluster that runs on.
        made = [*routed, firewall, endpoint, identity, roles, *issued, *backups]
        parts: list[pulumi.Resource] = [*made, control_plane, *pools.values()]
        self.kubernetes_provider = None
        """Connects resources of Kubernetes to the cluster, once its API answers. None without add-ons."""
        parts += self._addons(name, spec, network.vpc_id, identity, control_plane)
        hold(self, name, spec.cluster, parts, self.kubernetes_provider)

        pass_on(self, network, firewall, endpoint, identity, roles, control_plane)
        self.api_endpoint = pulumi.Output.concat("https://", endpoint.host, f":{ports.API}")
        # The network's rows, and those of the addresses that it does not know.
        self.address_plan = network.address_plan.apply(lambda rows: [*rows, *cluster_rows(spec)])
        gather(self, WorkerPool, pools)
        register(self)

    def _issuer(self, name: str, spec: Spec, identity: Identity) -> list[pulumi.Resource]:
        """The issuer of pods' tokens, if there is one of its own; what machines wait for."""
        if not spec.service_account_issuer.enabled:
            self.issuer_url = self.issuer_provider_arn = pulumi.Output.from_input(None)
            return []
        keys = [
            identity.service_account_public_keys[number - 1]
            for number in spec.service_account_issuer.keys
        ]
        issuer = ServiceAccountIssuer(
            f"{name}-issuer",
            args_of(ServiceAccountIssuerArgs, spec.issuer_part(), public_keys=keys),
            pulumi.ResourceOptions(parent=self),
        )
        self.issuer_url, self.issuer_provider_arn = issuer.issuer_url, issuer.issuer_provider_arn
        # A key is published before a machine signs with it.
        return [issuer.parameter, *issuer.documents]

    def _backups(
        self, name: str, spec: Spec, identity: Identity, roles: Roles
    ) -> list[pulumi.Resource]:
        """The snapshots of etcd and their bucket, if there are any."""
        self.backup_bucket: pulumi.Output[str | None] = pulumi.Output.from_input(None)
        if not spec.backups.enabled:
            return []
        backups = Backups(
            f"{name}-backups",
            args_of(
                BackupsArgs,
                spec.backups_part(),
                key_arn=identity.kms_key_arn,
                control_plane_role_name=roles.control_plane_role_name,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.backup_bucket = backups.backup_bucket
        return [backups]

    def _addons(
        self,
        name: str,
        spec: Spec,
        vpc_id: pulumi.Output[str],
        identity: Identity,
        control_plane: ControlPlane,
    ) -> list[pulumi.Resource]:
        """The add-ons, if this program installs any. Their change follows the control planes: a role is for a new issuer's tokens."""
        self.addon_role_arns = self.addon_role_names = pulumi.Output.from_input({})
        if not any_installed(spec):
            return []
        of_roles = {"issuer_provider_arn": self.issuer_provider_arn, "vpc_id": vpc_id}
        addons = Addons(
            f"{name}-addons",
            args_of(
                AddonsArgs,
                spec.addons_part(),
                kubeconfig=identity.kubeconfig,
                identity=identity.ca_hash,
                control_plane_ids=control_plane.instance_ids,
                **(of_roles if spec.addons_have_roles else {}),
            ),
            pulumi.ResourceOptions(parent=self, deleted_with=control_plane),
        )
        self.kubernetes_provider = addons.kubernetes_provider
        pass_on(self, addons)
        return [addons]

    def _network(self, name: str, spec: Spec) -> Network | ExistingNetwork:
        """The network that is made for it, or the one that exists."""
        match spec.vpc:
            case ExistingNetworkSection() as existing:
                return ExistingNetwork(self, name, spec.cluster.name, existing)
            case network:
                child = pulumi.ResourceOptions(parent=self)
                return Network(name, args_of(NetworkArgs, spec.network_part(network)), child)
