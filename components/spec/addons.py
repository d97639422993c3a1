"""What is installed into the cluster."""

from ..config.section import Section
from .values import Environment


class AddonsSection(Section):
    """What Pulumi installs into the cluster once its API answers, so that nodes become ready.

    A team whose GitOps installs an add-on turns it off here and takes the manifests from `make render`."""

    cni: bool = True
    """The network plugin that `cluster.cni` names, if it is in the catalog."""
    cloud_controller: bool = True
    """The AWS cloud controller manager, when `cluster.cloudProvider` is external."""
    cloud_controller_environment: Environment = {}
    """Environment variables of the cloud controller: a proxy, or an endpoint as in `AWS_ENDPOINT_URL_EC2`."""
    ip_masq_agent: bool | None = None
    """ip-masq-agent, for both families. By default on with kubenet, which masquerades IPv4 alone, and off with every
    other plugin: most masquerade both families themselves."""
    load_balancer_controller: bool = False
    """The AWS Load Balancer Controller. Off by default: it lets control planes create load balancers, which AWS bills."""
    ebs_csi: bool = False
    """The EBS CSI driver, with encrypted gp3 as the default storage class. Off by default: it lets control planes create
    and delete volumes."""
    cluster_autoscaler: bool = False
    """The cluster autoscaler, which sets the size of each pool between its `min` and `max`. Off by default: it lets control
    planes start and end workers."""
    metrics_server: bool = False
    """metrics-server. Off by default: other programs serve the metrics API too, and a cluster needs one of them."""
    reader: bool = False
    """A kubeconfig that only reads, as the output `readerKubeconfig`, and the rights of its group: the role `view`, which
    shows no Secret, and nodes. Off by default: nobody can take a certificate back before it ends, after a year."""
    node_local_dns: bool = False
    """A DNS cache on each node. Off by default: it is one more part between pods and DNS, which only large clusters need."""
