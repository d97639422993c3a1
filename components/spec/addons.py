"""What is installed into the cluster."""

from ..config.section import Section
from .values import Environment


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
