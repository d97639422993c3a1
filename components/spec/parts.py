"""The specs of components that are used on their own."""

from ..config.section import Section
from ..facts.choices import CloudProvider, Cni
from .api import AllowedSection, EndpointSection
from .encryption import KeyNumber
from .hosts import ImageRepository
from .labels import Tags
from .machines import OpenPorts
from .ranges import Ipv4Range, LinkedIpv4Range
from .values import USUAL_NODE_PORTS, DnsLabel, FamilyPair, NodePorts, RegionName


class FirewallSpec(AllowedSection):
    """A firewall on its own."""

    vpc_ipv4_range: LinkedIpv4Range
    """The IPv4 range of the VPC."""
    further_vpc_ranges: list[Ipv4Range] | None = None
    """Further IPv4 ranges of the VPC, to which node ports are open too. None by default."""
    cluster_name: DnsLabel
    """The cluster whose machines the groups are for."""
    cni: Cni
    """The network plugin, whose ports are opened between machines."""
    ports_from_nodes: OpenPorts = []
    """Further ports of control planes that every node may reach. None by default."""
    node_ports: NodePorts = USUAL_NODE_PORTS
    """The ports of Services on every node, which are open to the VPC."""
    tags: Tags = {}
    """Tags of every resource."""


class ApiEndpointSpec(EndpointSection):
    """An endpoint on its own."""

    ip_families: FamilyPair
    """IPv4 and IPv6, the primary first: the load balancer reaches API servers over the primary family."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = False
    """Refuse to delete the load balancer."""


class ProgramsSpec(Section):
    """Programs of machines on their own."""

    cluster_name: DnsLabel
    """The cluster."""
    tags: Tags = {}
    """Tags of every resource."""


class IdentitySpec(Section):
    """An identity on its own."""

    cluster_name: DnsLabel
    """The cluster."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = False
    """Refuse to delete the keys and certificate authorities."""
    encryption_key: KeyNumber = 1
    """The number of the key that encrypts Secrets in etcd: `encryption.key` of its control planes. Those before it are kept."""

    service_account_key: KeyNumber = 1
    """The number of the key that signs the tokens of ServiceAccounts: `serviceAccountIssuer.key` of its control planes. Those
    before it are kept."""
    reader: bool = False
    """Whether there is a kubeconfig that only reads. Its group has no rights before something binds it."""

    def programs_part(self) -> ProgramsSpec:
        """The spec of its machines' programs."""
        return ProgramsSpec.model_construct(cluster_name=self.cluster_name, tags=self.tags)


class RolesSpec(Section):
    """Roles on their own."""

    region: RegionName
    """The AWS region, from which the partition and the ARNs follow."""
    cluster_name: DnsLabel
    """The cluster."""
    cloud_provider: CloudProvider = CloudProvider.EXTERNAL
    """Whether AWS's cloud controller manager uses the control planes' role: `external` grants its permissions."""
    load_balancer_controller: bool = False
    """Whether the AWS Load Balancer Controller uses the control planes' role."""
    ebs_csi: bool = False
    """Whether the EBS CSI driver's controller uses the control planes' role."""
    cluster_autoscaler: bool = False
    """Whether the cluster autoscaler uses the control planes' role."""
    session_manager: bool = True
    """Whether people may open sessions on the machines with Session Manager."""
    image_repository: ImageRepository | None = None
    """The repository of images. If it is in ECR, machines may pull every image of its registry."""
    tags: Tags = {}
    """Tags of every resource."""
