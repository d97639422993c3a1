"""What a cluster is: every field with its default and the reason for it.

Sections are named as in a stack's configuration; `check` in `faults` reads them and reports all faults at once.
"""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from .addressing import (
    own_pod_range,
    own_service_range,
    own_wide_pod_range,
    unique_local_prefix,
)
from .families import Family
from .fields import (
    BucketArn,
    CloudProvider,
    Cni,
    DnsLabel,
    DnsName,
    EndpointServices,
    Environment,
    FamilyPair,
    FlowLogDestination,
    HostedZoneId,
    Ipv4Mask,
    Ipv6Mask,
    Ipv6Source,
    Nat,
    PoolId,
    RegionName,
    RetentionDays,
    Scheme,
    Version,
    ZoneNames,
)
from .labels import Tags
from .nodes import ControlPlaneSection, KubeadmSection, NodesSection, PoolSection, SoftwareSection
from .ranges import (
    AnyRange,
    Ipv4Range,
    Ipv6Range,
    NetmaskLength,
    VpcIpv4Range,
    VpcIpv6Range,
)
from .sections import Section
from .versions import MINORS, NEWEST, Minor


class ClusterSection(Section):
    """The cluster itself."""

    name: DnsLabel = Field(description="name the cluster, like prod")
    kubernetes_version: Version = Field(description='choose a version from "1.16" to "1.37"')
    ip_families: FamilyPair = [Family.IPV4, Family.IPV6]
    """The primary family first. IPv4 first by default: what is not written for two families works as before."""
    cni: Cni = Cni.FLANNEL
    """Flannel by default: both families, masquerade for both, and the network this program installs itself. No network policy."""
    cloud_provider: CloudProvider = CloudProvider.EXTERNAL
    """External by default: it labels nodes with their zone and removes those whose instance is gone."""
    tags: Tags = {}
    """On everything AWS can tag, beside the cluster's own."""
    protect: bool = False
    """Refuse to delete what cannot be made again (network, control-plane machines, certificate authorities).
    Off by default, so that a trial can be taken down; production stacks turn it on."""


class Ipv6Section(Section):
    """Where the VPC's IPv6 range comes from."""

    source: Ipv6Source = Ipv6Source.AMAZON
    """Amazon's own /56 by default: public, free, and there in every account."""
    pool_id: PoolId | None = None
    """The IPAM or BYOIP pool."""
    netmask_length: NetmaskLength | None = None
    """The size an IPAM pool is asked for, 44 to 60 in steps of 4."""
    range: VpcIpv6Range | None = None
    """The fixed range to take from the pool."""


class EndpointsSection(Section):
    """Private ways to AWS services."""

    s3: bool = True
    """A gateway endpoint. On by default: it is free and keeps image layers off the NAT gateway."""
    interfaces: EndpointServices = []
    """Services with an interface endpoint in every private subnet. None by default: each is billed by the hour."""


class FlowLogsSection(Section):
    """A record of the VPC's traffic."""

    destination: FlowLogDestination = FlowLogDestination.NONE
    """None by default: they are billed by volume."""
    bucket_arn: BucketArn | None = None
    """The bucket, when the destination is s3."""
    retention_days: RetentionDays = 30
    """How long CloudWatch keeps them. A month: long enough to look into an incident."""


class NetworkSection(Section):
    """The VPC."""

    ipv4_range: VpcIpv4Range = IPv4Network("10.0.0.0/16")
    """A /16 to a /20; a /16 by default, the most a VPC can have."""
    ipv6: Ipv6Section = Ipv6Section()
    zones: ZoneNames = Field(
        description="name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]"
    )
    nat: Nat = Nat.PER_ZONE
    """One NAT gateway a zone by default: a zone that fails takes no other's IPv4 egress with it."""
    endpoints: EndpointsSection = EndpointsSection()
    flow_logs: FlowLogsSection = FlowLogsSection()


class NetworkSpec(NetworkSection):
    """A network on its own."""

    cluster_name: DnsLabel | None = None
    tags: Tags = {}
    protect: bool = False


class PodsSection(Section):
    """The addresses of pods."""

    ipv4_range: Ipv4Range = IPv4Network("10.244.0.0/16")
    ipv6_range: Ipv6Range | None = None
    """The cluster's own RFC 4193 prefix by default, so that two clusters never collide."""
    node_mask_ipv4: Ipv4Mask = 24
    """Each node's share: a /24 by default, room for the 110 pods a kubelet runs."""
    node_mask_ipv6: Ipv6Mask | None = None
    """A /64 by default (a /24 in 1.16, which knows one mask for both families)."""


class ServicesSection(Section):
    """The addresses of Services."""

    ipv4_range: Ipv4Range = IPv4Network("10.96.0.0/16")
    ipv6_range: Ipv6Range | None = None
    """A /112 of the cluster's own RFC 4193 prefix by default."""


class AllowedSection(Section):
    """Who may reach the API."""

    allowed_cidrs: list[AnyRange] = Field(
        min_length=1,
        description="name the ranges that may reach the API, in both families; there is no open default",
    )


class EndpointSection(Section):
    """Where the API is reached, and by what name."""

    scheme: Scheme = Scheme.INTERNAL
    """Internal by default: a public endpoint is a decision."""
    hosted_zone_id: HostedZoneId | None = None
    dns_name: DnsName | None = None
    """A name for the API, with A and AAAA records in the hosted zone. The load balancer's own by default."""


class ApiSection(EndpointSection, AllowedSection):
    """The API endpoint."""


class AddonsSection(Section):
    """What Pulumi installs into the cluster once its API answers, so that nodes become ready.
    A team whose GitOps does that turns it off and takes the manifests from `make render`."""

    cni: bool = True
    """The network that cluster.cni names, where there is a manifest for it."""
    cloud_controller: bool = True
    """The AWS cloud controller manager, when cluster.cloudProvider is external."""
    cloud_controller_environment: Environment = {}
    """Variables of its environment: a proxy, or endpoints of one's own as in AWS_ENDPOINT_URL_EC2."""
    ip_masq_agent: bool | None = None
    """ip-masq-agent, for both families. On by default with kubenet, which masquerades IPv4 alone, and off with all others:
    most masquerade both themselves."""
    load_balancer_controller: bool = False
    """The AWS Load Balancer Controller. Off by default: control planes may then make load balancers, which are billed."""
    ebs_csi: bool = False
    """The EBS CSI driver, with encrypted gp3 as the default storage class. Off by default: control planes may then make
    and delete volumes."""
    metrics_server: bool = False
    """metrics-server. Off by default: what else serves the metrics of a cluster is a matter of taste."""
    node_local_dns: bool = False
    """A DNS cache on each node. Off by default: one more part between pods and DNS, which only large clusters need."""


class NodeSpec(Section):
    """What any machine of a cluster must know of it."""

    region: RegionName = Field(description="set aws:region, like eu-west-1")
    cluster: ClusterSection = Field(
        description="describe the cluster: at least its name and kubernetesVersion"
    )
    nodes: NodesSection = NodesSection()
    software: SoftwareSection = SoftwareSection()
    kubeadm: KubeadmSection = KubeadmSection()

    @property
    def families(self) -> list[Family]:
        """Both families, the primary first."""
        return self.cluster.ip_families

    @property
    def minor(self) -> int:
        """The minor of its Kubernetes: 37 for 1.37."""
        return int(self.cluster.kubernetes_version.split(".")[1])


class WorkerPoolSpec(NodeSpec):
    """One pool of workers of a cluster that may be anybody's."""

    pool_name: DnsLabel = Field(description="name the pool, like general")
    pool: PoolSection = PoolSection()


class ControlPlaneSpec(NodeSpec):
    """The control plane and what it hands out."""

    project: str = Field(min_length=1, description="name the Pulumi project")
    stack: str = Field(min_length=1, description="name the Pulumi stack")
    """Project, stack and cluster name together make the cluster's own RFC 4193 prefix."""
    pods: PodsSection = PodsSection()
    services: ServicesSection = ServicesSection()
    control_plane: ControlPlaneSection = ControlPlaneSection()

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
    """A cluster, as far as what runs inside it needs to know it."""

    addons: AddonsSection = AddonsSection()


class Spec(AddonsSpec):
    """A whole cluster."""

    network: NetworkSection = Field(description="describe the network: at least its zones")
    api: ApiSection = Field(description="say who may reach the API, in api.allowedCidrs")
    workers: dict[DnsLabel, PoolSection] = {}
    """Pools by name. None by default: a control plane alone is a cluster."""

    def pool(self, name: str) -> WorkerPoolSpec:
        """One of its pools, as a worker of that pool sees the cluster."""
        return WorkerPoolSpec(
            region=self.region,
            cluster=self.cluster,
            nodes=self.nodes,
            software=self.software,
            kubeadm=self.kubeadm,
            pool_name=name,
            pool=self.workers[name],
        )
