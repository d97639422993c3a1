"""What a cluster is: every field with its default and the reason for it.

Sections are named as in a stack's configuration; `config.check` reads them and reports all faults at once.
"""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from ..config.section import Section
from ..facts.choices import CloudProvider, Cni
from ..facts.families import Family
from ..facts.subnet_plan import (
    own_pod_range,
    own_service_range,
    own_wide_pod_range,
    unique_local_prefix,
)
from ..facts.versions import MINORS, NEWEST, Minor
from .addons import AddonsSection
from .addresses import PodsSection, ServicesSection
from .api import ApiSection
from .kubeadm import KubeadmSection
from .labels import Tags
from .machines import ControlPlaneSection, NodesSection, PoolSection, SoftwareSection
from .network import NetworkSection
from .values import DnsLabel, FamilyPair, RegionName, Version


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
