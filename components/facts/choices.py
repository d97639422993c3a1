"""The closed sets of values that a configuration chooses from."""

from enum import StrEnum

from .families import Family

__all__ = [
    "CloudProvider",
    "Cni",
    "Family",
    "FamilyPolicy",
    "FileScope",
    "FlowLogDestination",
    "Forge",
    "HealthCheckProtocol",
    "ImageFamily",
    "Ipv6Source",
    "KeyAlgorithm",
    "KubeletCertificates",
    "Nat",
    "ObjectLock",
    "PodSecurityLevel",
    "Protocol",
    "ProxyMode",
    "Scheme",
    "ServiceType",
    "SessionAffinity",
    "TaintEffect",
    "Tenancy",
    "TierRoute",
    "TrafficDistribution",
    "TrafficPolicy",
    "VolumeType",
]


class Cni(StrEnum):
    """The network plugin, which gives pods their addresses and connects them."""

    CALICO = "calico"
    """Calico, with network policies."""
    CILIUM = "cilium"
    """Cilium, with network policies."""
    FLANNEL = "flannel"
    """flannel, without network policies."""
    KUBENET = "kubenet"
    """The kubelet's own bridge, without an overlay: nodes route to each other's pods."""
    NONE = "none"
    """No plugin: nodes become ready when another program installs one."""


class CloudProvider(StrEnum):
    """Whether AWS's cloud controller manager reports the nodes' addresses and zones."""

    EXTERNAL = "external"
    """It does: AWS's cloud controller manager runs in the cluster."""
    NONE = "none"
    """It does not."""


UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized"
"""The taint that a node has until an external cloud provider knows its machine. No pod of an application tolerates it.

https://kubernetes.io/docs/tasks/administer-cluster/running-cloud-controller/"""


class Nat(StrEnum):
    """How private nodes reach IPv4 destinations outside the VPC."""

    PER_ZONE = "perZone"
    """A NAT gateway in each zone."""
    SINGLE = "single"
    """One NAT gateway for all zones, in the first."""
    TRANSIT = "transit"
    """Through a transit gateway, which `transit` names."""
    NONE = "none"
    """Not at all."""


class TierRoute(StrEnum):
    """Where packets of a further tier go."""

    PRIVATE = "private"
    """As those of the zone's private subnet."""
    PUBLIC = "public"
    """Through the internet gateway, in and out."""
    ISOLATED = "isolated"
    """To the VPC alone: there is no default route."""


class Ipv6Source(StrEnum):
    """The source of the VPC's IPv6 range."""

    AMAZON = "amazon"
    """A /56 that Amazon chooses."""
    IPAM = "ipam"
    """A pool of the account's IP address manager."""
    BYOIP = "byoip"
    """A range that the account brought to AWS."""


class FlowLogDestination(StrEnum):
    """The destination of the VPC's flow logs."""

    NONE = "none"
    """No flow logs."""
    CLOUD_WATCH = "cloudWatch"
    """A log group of CloudWatch, which is created."""
    S3 = "s3"
    """A bucket that exists."""


class Scheme(StrEnum):
    """Where the API endpoint can be reached from: the internet, or only the VPC and networks connected to it."""

    INTERNET_FACING = "internet-facing"
    """From the internet."""
    INTERNAL = "internal"
    """From the VPC and networks connected to it."""


class PodSecurityLevel(StrEnum):
    """How much a pod may do, by the Pod Security Standards."""

    PRIVILEGED = "privileged"
    """Everything."""
    BASELINE = "baseline"
    """Nothing by which a pod is known to take over its node."""
    RESTRICTED = "restricted"
    """What a hardened pod needs."""


class ProxyMode(StrEnum):
    """How kube-proxy programs Services."""

    IPTABLES = "iptables"
    """By rules of iptables."""
    IPVS = "ipvs"
    """By virtual servers of the kernel."""
    NFTABLES = "nftables"
    """By rules of nftables."""


class KeyAlgorithm(StrEnum):
    """The algorithm and the size of the keys that kubeadm makes."""

    RSA_2048 = "RSA-2048"
    """RSA with 2048 bits."""
    RSA_3072 = "RSA-3072"
    """RSA with 3072 bits."""
    RSA_4096 = "RSA-4096"
    """RSA with 4096 bits."""
    ECDSA_P256 = "ECDSA-P256"
    """ECDSA on the curve P-256."""
    ECDSA_P384 = "ECDSA-P384"
    """ECDSA on the curve P-384."""


class KubeletCertificates(StrEnum):
    """Who signs the certificates with which kubelets serve logs, commands and metrics, and who checks them."""

    SELF_SIGNED = "selfSigned"
    """Each kubelet signs its own, and nobody checks it."""
    SIGNED = "signed"
    """The cluster's authority signs them, and nobody checks them: the way of a running cluster to `verified`."""
    VERIFIED = "verified"
    """The cluster's authority signs them, and API servers and metrics-server accept no other."""


class TaintEffect(StrEnum):
    """The effect of a taint on pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    """They are not placed on the node."""
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    """They are placed elsewhere if there is room."""
    NO_EXECUTE = "NoExecute"
    """They are not placed on the node, and those that run there are evicted."""


class ServiceType(StrEnum):
    """How a Service is reached."""

    CLUSTER_IP = "ClusterIP"
    """By an address inside the cluster."""
    HEADLESS = "Headless"
    """A ClusterIP Service without an address. Its name resolves to the addresses of its pods."""
    NODE_PORT = "NodePort"
    """By a port of every node too."""
    LOAD_BALANCER = "LoadBalancer"
    """By a load balancer too."""
    EXTERNAL_NAME = "ExternalName"
    """By its name, which is an alias of another."""


class FamilyPolicy(StrEnum):
    """How many families a Service has."""

    SINGLE_STACK = "SingleStack"
    """One."""
    PREFER_DUAL_STACK = "PreferDualStack"
    """Both if the cluster has both."""
    REQUIRE_DUAL_STACK = "RequireDualStack"
    """Both."""


class TrafficPolicy(StrEnum):
    """The pods that a node sends a Service's traffic to: all of them, or those on the node itself."""

    CLUSTER = "Cluster"
    """All of them."""
    LOCAL = "Local"
    """Those on the node itself."""


class SessionAffinity(StrEnum):
    """Whether the connections of one client address go to one pod."""

    NONE = "None"
    """Each may go to any."""
    CLIENT_IP = "ClientIP"
    """They go to one."""


class TrafficDistribution(StrEnum):
    """The pods that a Service prefers, seen from the client."""

    PREFER_CLOSE = "PreferClose"
    """The older name of PreferSameZone."""
    PREFER_SAME_ZONE = "PreferSameZone"
    """Those in its zone."""
    PREFER_SAME_NODE = "PreferSameNode"
    """Those on its node."""


class HealthCheckProtocol(StrEnum):
    """The protocol in which a network load balancer asks its targets whether they are healthy."""

    TCP = "TCP"
    """A connection is enough."""
    HTTP = "HTTP"
    """A good answer to a request."""
    HTTPS = "HTTPS"
    """A good answer to a request inside TLS."""


class Protocol(StrEnum):
    """The protocol of a port."""

    TCP = "TCP"
    """TCP."""
    UDP = "UDP"
    """UDP."""


class ImageFamily(StrEnum):
    """The distribution of a machine's image."""

    UBUNTU = "ubuntu"
    AMAZON_LINUX_2023 = "amazon-linux-2023"


class ObjectLock(StrEnum):
    """Who may delete a backup before its time."""

    NONE = "none"
    """Everybody whose policies allow it."""
    GOVERNANCE = "governance"
    """Only who may bypass the lock: `s3:BypassGovernanceRetention`."""
    COMPLIANCE = "compliance"
    """Nobody, not even the account's root user."""


class VolumeType(StrEnum):
    """The type of a further disk."""

    GP3 = "gp3"
    """For most uses."""
    IO2 = "io2"
    """For databases that need more operations a second, or longer life."""


class Tenancy(StrEnum):
    """Whose machines the host runs."""

    DEFAULT = "default"
    """Those of any account."""
    DEDICATED = "dedicated"
    """Those of this account alone, which AWS bills."""


class FileScope(StrEnum):
    """The machines that get a file."""

    CONTROL_PLANE = "control-plane"
    """Control planes."""
    ALL = "all"
    """Every machine."""


class Forge(StrEnum):
    """The system that runs the jobs and identifies them by a signed token."""

    GITHUB = "github"
    """GitHub Actions."""
    GITLAB = "gitlab"
    """GitLab CI."""
