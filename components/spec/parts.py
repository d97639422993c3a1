"""The specs of components that are used on their own."""

from ..config.section import Section
from ..facts.choices import CloudProvider, Cni
from .api import AllowedSection, EndpointSection
from .ranges import Ipv4Range
from .values import DnsLabel, FamilyPair, RegionName


class FirewallSpec(AllowedSection):
    """A firewall on its own."""

    vpc_ipv4_range: Ipv4Range
    cluster_name: DnsLabel
    cni: Cni
    tags: dict[str, str] = {}


class ApiEndpointSpec(EndpointSection):
    """An endpoint on its own."""

    ip_families: FamilyPair
    tags: dict[str, str] = {}
    protect: bool = False


class IdentitySpec(Section):
    """An identity on its own."""

    cluster_name: DnsLabel
    tags: dict[str, str] = {}
    protect: bool = False


class RolesSpec(Section):
    """Roles on their own."""

    region: RegionName
    cluster_name: DnsLabel
    cloud_provider: CloudProvider = CloudProvider.EXTERNAL
    load_balancer_controller: bool = False
    ebs_csi: bool = False
    session_manager: bool = True
    tags: dict[str, str] = {}
