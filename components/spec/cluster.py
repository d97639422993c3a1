"""What a cluster is: every field with its default and the reason for it.

Sections are named as in a stack's configuration; `config.check` reads them and reports all faults at once.
"""

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeVar

from ..config.section import Section, Unsound, ask
from ..facts.choices import CloudProvider, Cni, KubeletCertificates, ProxyMode
from ..facts.families import Family
from ..facts.subnet_plan import (
    own_pod_range,
    own_service_range,
    own_wide_pod_range,
    unique_local_prefix,
)
from ..facts.versions import MINORS, NEWEST, OLDEST, Minor, minor_number
from .addons import AddonsSection
from .addresses import PodsSection, ServicesSection
from .api import ApiSection, EndpointSection
from .backups import BackupsSection, BackupsSpec, KeptSection
from .encryption import EncryptionSection
from .existing_network import ExistingNetworkSection
from .kubeadm import KubeadmSection
from .kubelet import KubeletSection, pods_of
from .labels import Tags
from .machines import ControlPlaneSection, NodesSection, PoolSection, SoftwareSection
from .network import NetworkSection, NetworkSpec
from .oidc import OidcSection
from .parts import ApiEndpointSpec, FirewallSpec, IdentitySpec, RolesSpec
from .pod_security import PodSecuritySection
from .proxies import direct
from .service_account_issuer import ServiceAccountIssuerSection, ServiceAccountIssuerSpec
from .values import (
    EXAMPLE_VERSIONS,
    USUAL_DOMAIN,
    DnsLabel,
    FamilyPair,
    PoolName,
    RegionName,
    Version,
    sound_minor,
)

ENCRYPTION_FLAG = "encryption-provider-config"
"""The argument of the API server that names its encryption configuration, which encrypts Secrets before etcd stores them."""


KUBELETS_OWN_FLAGS = ("tls-cert-file", "rotate-server-certificates")
"""Arguments by which a user decides on the certificates of kubelets."""


class ClusterSection(Section):
    """The cluster itself."""

    name: DnsLabel = ask("name the cluster, like prod")
    """The cluster's name. It is part of every name that AWS shows."""
    kubernetes_version: Version = ask(
        f'choose a version from "1.{OLDEST}" to "1.{NEWEST}"', examples=EXAMPLE_VERSIONS
    )
    """A Kubernetes minor, or a patch of one. A minor alone means the patch that the table of minors names."""
    ip_families: FamilyPair = [Family.IPV4, Family.IPV6]
    """IPv4 and IPv6, the primary family first. IPv4 first by default: programs that know one family keep working."""
    cni: Cni = Cni.FLANNEL
    """The network plugin. flannel by default: it supports and masquerades both families, and this program installs it.
    flannel has no network policies."""
    cloud_provider: CloudProvider = CloudProvider.EXTERNAL
    """Whether AWS's cloud controller manager runs. External by default: it labels nodes with their zone and removes the
    nodes of terminated instances."""
    tags: Tags = {}
    """Tags of everything that AWS can tag, beside the cluster's own tags."""
    protect: bool = False
    """Refuse to delete what cannot be recreated: network, control-plane machines, certificate authorities. AWS then
    refuses to delete the machines and the API's load balancer by hand too. Off by default, so that a trial can be
    deleted; production stacks turn it on."""


class NodeSpec(Section):
    """A cluster as any of its machines must know it."""

    region: RegionName = ask("set aws:region, like eu-west-1")
    """The AWS region."""
    cluster: ClusterSection = ask("describe the cluster: at least its name and kubernetesVersion")
    """The cluster itself."""
    nodes: NodesSection = NodesSection()
    """What every machine has in common."""
    software: SoftwareSection = SoftwareSection()
    """Where machines download what they run."""
    kubeadm: KubeadmSection = KubeadmSection()
    """What is added to the documents that kubeadm reads."""

    @property
    def families(self) -> list[Family]:
        """Both families, the primary first."""
        return self.cluster.ip_families

    def _direct_names(self) -> list[str]:
        """Names that the configuration reaches directly: those that it lists, and those of Services in its own domain."""
        own, given = f".{self.kubeadm.dns_domain}", self.software.no_proxy
        return [*given, *([] if own in (f".{USUAL_DOMAIN}", *given) else [own])]

    @property
    def kubernetes(self) -> Minor:
        """The row of its minor. Without one the value is unsound: the rules report the version itself."""
        return sound_minor(self.cluster.kubernetes_version)

    @property
    def proxy_mode(self) -> ProxyMode:
        """How kube-proxy programs Services: the mode that is asked for, or the default of its minor."""
        return self.kubeadm.proxy_mode or self.kubernetes.proxy_modes[0]

    @property
    def kubelet(self) -> KubeletSection:
        """The limits of its kubelet. A pool and the control plane have their own."""
        return KubeletSection()

    @property
    def no_proxy(self) -> list[str]:
        """What its machines reach without the proxy. They add the VPC's ranges and the API's name, which only they know."""
        return direct(self._direct_names())

    @property
    def max_pods(self) -> int:
        """The most pods of one such machine."""
        return pods_of(self.kubelet, self.kubeadm.kubelet_args)

    @property
    def minor(self) -> int:
        """The number of its Kubernetes minor: 37 for 1.37."""
        return minor_number(self.cluster.kubernetes_version)


N = TypeVar("N", bound=NodeSpec)


class WorkerPoolSpec(NodeSpec):
    """One pool of workers, of a cluster that may have been made elsewhere."""

    pool_name: PoolName = ask("name the pool, like general")
    """The pool's name within the cluster."""
    pool: PoolSection = PoolSection()
    """The pool."""

    @property
    def kubelet(self) -> KubeletSection:
        """The limits of the pool's kubelets."""
        return self.pool.kubelet


class ControlPlaneSpec(NodeSpec):
    """The control plane and the addresses that it assigns."""

    project: str = ask("name the Pulumi project", min_length=1)
    """The Pulumi project. Project, stack and cluster name determine the cluster's own RFC 4193 prefix."""
    stack: str = ask("name the Pulumi stack", min_length=1)
    """The Pulumi stack."""
    pods: PodsSection = PodsSection()
    """The addresses of pods."""
    services: ServicesSection = ServicesSection()
    """The addresses of Services."""
    control_plane: ControlPlaneSection = ControlPlaneSection()
    """The machines that run the API server and etcd."""
    encryption: EncryptionSection = EncryptionSection()
    """How Secrets are encrypted in etcd."""
    oidc: OidcSection = OidcSection()
    """People who log in with a token of an OpenID Connect issuer."""
    pod_security: PodSecuritySection = PodSecuritySection()
    """What pods may do in namespaces that say nothing of it."""
    service_account_issuer: ServiceAccountIssuerSection = ServiceAccountIssuerSection()
    """The issuer of pods' tokens. A control plane on its own needs a `ServiceAccountIssuer` of the same cluster."""

    @property
    def kubelet(self) -> KubeletSection:
        """The limits of the control plane's kubelets."""
        return self.control_plane.kubelet

    @property
    def no_proxy(self) -> list[str]:
        """What its machines reach without the proxy: the ranges of pods and Services too, where its programs find each other."""
        return direct(self._direct_names(), [*self.pod_ranges, *self.service_ranges])

    @property
    def composes_encryption(self) -> bool:
        """Whether its machines compose the encryption configuration. An argument of the API server may name another one."""
        return ENCRYPTION_FLAG not in self.kubeadm.api_server_args

    @property
    def kubelet_certificates(self) -> KubeletCertificates:
        """Who signs the certificates of kubelets, and who checks them: in a cluster that is new, if nothing is said."""
        if self.kubeadm.kubelet_certificates:
            return self.kubeadm.kubelet_certificates
        decided = any(flag in self.kubeadm.kubelet_args for flag in KUBELETS_OWN_FLAGS)
        if decided or not self.kubernetes.signs_kubelets:
            return KubeletCertificates.SELF_SIGNED
        return KubeletCertificates.VERIFIED

    def pod_range(self, family: Family) -> IPv4Network | IPv6Network:
        """The addresses of pods in one family."""
        if family is Family.IPV4:
            return self.pods.ipv4_range
        return self.pods.ipv6_range or self._own_pod_range()

    def service_range(self, family: Family) -> IPv4Network | IPv6Network:
        """The addresses of Services in one family."""
        if family is Family.IPV4:
            return self.services.ipv4_range
        return self.services.ipv6_range or own_service_range(self._prefix())

    def node_mask(self, family: Family) -> int:
        """Each node's share of the pod range of one family. 1.16 has one mask for both."""
        if family is Family.IPV4 or not self._release.has_family_node_masks:
            return self.pods.node_mask_ipv4
        return self.pods.node_mask_ipv6 or self._release.node_mask_ipv6

    @property
    def pod_ranges(self) -> list[IPv4Network | IPv6Network]:
        """The addresses of pods, the primary family's first."""
        return [self.pod_range(family) for family in self.families]

    @property
    def service_ranges(self) -> list[IPv4Network | IPv6Network]:
        """The addresses of Services, the primary family's first."""
        return [self.service_range(family) for family in self.families]

    @property
    def node_masks(self) -> list[int]:
        """Each node's share of the pod ranges, the primary family's first."""
        return [self.node_mask(family) for family in self.families]

    def _own_pod_range(self) -> IPv6Network:
        own = own_pod_range if self._release.has_family_node_masks else own_wide_pod_range
        return own(self._prefix())

    def _prefix(self) -> IPv6Network:
        return unique_local_prefix(self.project, self.stack, self.cluster.name)

    @property
    def _release(self) -> Minor:
        # A minor that does not exist is a fault of its own; until it is mended the ranges are those of the newest.
        return MINORS.get(self.minor, MINORS[NEWEST])


class AddonsSpec(ControlPlaneSpec):
    """A cluster as its add-ons must know it."""

    addons: AddonsSection = AddonsSection()
    """What is installed into the cluster."""

    @property
    def addons_have_roles(self) -> bool:
        """Whether the add-ons that call AWS have roles of their own, in place of the control planes' role."""
        return self.service_account_issuer.enabled

    @property
    def needs_far_metadata(self) -> bool:
        """Whether the controller of an add-on is a pod that gets its credentials from instance metadata, two hops away."""
        pods = self.addons.load_balancer_controller or self.addons.ebs_csi
        return pods and not self.addons_have_roles


class Spec(AddonsSpec):
    """A whole cluster."""

    network: NetworkSection | None = None
    """The VPC that is made for the cluster. Either this or `existingNetwork` is required."""
    existing_network: ExistingNetworkSection | None = None
    """A VPC that exists already, in place of `network`."""
    api: ApiSection = ask("say who may reach the API, in api.allowedCidrs")
    """The API endpoint."""
    backups: BackupsSection = BackupsSection()
    """Snapshots of etcd."""
    workers: dict[PoolName, PoolSection] = {}
    """Pools of workers by name. None by default: a control plane alone is a cluster."""

    @property
    def no_proxy(self) -> list[str]:
        """What its machines reach without the proxy: the VPC and its endpoints too."""
        ranges = [*self.pod_ranges, *self.service_ranges, *self.vpc.ranges.values()]
        return direct(self._direct_names(), ranges, region=self.region, endpoints=self.vpc.services)

    @property
    def vpc(self) -> NetworkSection | ExistingNetworkSection:
        """Its VPC, which this program makes or which exists already. Without one it is unsound: a rule reports that."""
        vpc = self.network or self.existing_network
        if vpc is None:
            raise Unsound("network")
        return vpc

    def pool(self, name: str) -> WorkerPoolSpec:
        """One of its pools, as a worker of that pool sees the cluster."""
        pool = self.workers[name]
        if pool.rollout.wait_for_nodes is None:
            # Without a network plugin no node becomes Ready, and who installs it later needs what `up` puts out.
            waits = self.addons.cni and self.cluster.cni is not Cni.NONE
            rollout = pool.rollout.model_copy(update={"wait_for_nodes": waits})
            pool = pool.model_copy(update={"rollout": rollout})
        return self._part(WorkerPoolSpec, pool_name=name, pool=pool)

    def control_plane_part(self) -> ControlPlaneSpec:
        """The spec of its control plane."""
        limit = self.control_plane.metadata_hop_limit or (2 if self.needs_far_metadata else 1)
        machines = self.control_plane.model_copy(update={"metadata_hop_limit": limit})
        return self._part(ControlPlaneSpec, control_plane=machines)

    def addons_part(self) -> AddonsSpec:
        """The spec of its add-ons."""
        return self._part(AddonsSpec)

    def network_part(self, network: NetworkSection) -> NetworkSpec:
        """The spec of the network that is made for it."""
        return NetworkSpec.model_construct(
            **_fields(network, NetworkSection), cluster_name=self.cluster.name, **self._owned()
        )

    def firewall_part(self) -> FirewallSpec:
        """The spec of its security groups."""
        primary, *further = self.vpc.ranges.values()
        return FirewallSpec.model_construct(
            vpc_ipv4_range=primary,
            further_vpc_ranges=further or None,
            cluster_name=self.cluster.name,
            cni=self.cluster.cni,
            allowed_cidrs=self.api.allowed_cidrs,
            ports_from_nodes=self.control_plane.ports_from_nodes,
            node_ports=self.services.node_ports,
            tags=self.cluster.tags,
        )

    def endpoint_part(self) -> ApiEndpointSpec:
        """The spec of its API endpoint."""
        where = _fields(self.api, EndpointSection)
        return ApiEndpointSpec.model_construct(**where, ip_families=self.families, **self._owned())

    def identity_part(self) -> IdentitySpec:
        """The spec of its keys."""
        return IdentitySpec.model_construct(
            cluster_name=self.cluster.name,
            encryption_key=self.encryption.key,
            service_account_key=self.service_account_issuer.key,
            reader=self.addons.reader,
            **self._owned(),
        )

    def issuer_part(self) -> ServiceAccountIssuerSpec:
        """The spec of the issuer of its pods' tokens."""
        return ServiceAccountIssuerSpec.model_construct(
            cluster_name=self.cluster.name, **self._owned()
        )

    def backups_part(self) -> BackupsSpec:
        """The spec of its backups."""
        kept = _fields(self.backups, KeptSection)
        return BackupsSpec.model_construct(
            region=self.region, cluster_name=self.cluster.name, **kept, **self._owned()
        )

    def roles_part(self) -> RolesSpec:
        """The spec of its machines' roles."""
        shared = not self.addons_have_roles
        # A cloud controller that somebody else installs uses the machine's role in any case.
        elsewhere = shared or not self.addons.cloud_controller
        return RolesSpec.model_construct(
            region=self.region,
            cluster_name=self.cluster.name,
            cloud_provider=self.cluster.cloud_provider if elsewhere else CloudProvider.NONE,
            load_balancer_controller=self.addons.load_balancer_controller and shared,
            ebs_csi=self.addons.ebs_csi and shared,
            cluster_autoscaler=self.addons.cluster_autoscaler and shared,
            session_manager=self.nodes.session_manager,
            image_repository=self.software.image_repository,
            tags=self.cluster.tags,
        )

    def _part(self, kind: type[N], **more: Any) -> N:
        """The fields that a part shares with the cluster. Their values were checked with the cluster."""
        if self.software.proxy:
            more["software"] = self.software.model_copy(update={"no_proxy": self.no_proxy})
        return kind.model_construct(**{**_fields(self, kind, leave_out=more), **more})

    def _owned(self) -> dict[str, Any]:
        return {"tags": self.cluster.tags, "protect": self.cluster.protect}


def _fields(
    section: Section, kind: type[Section], leave_out: Collection[str] = ()
) -> dict[str, Any]:
    """The fields of one kind that a section has, with their values."""
    return {name: getattr(section, name) for name in kind.model_fields if name not in leave_out}
