"""The closed sets of values that a configuration chooses from."""

from enum import StrEnum


class Cni(StrEnum):
    """The network plugin, which gives pods their addresses and connects them."""

    CALICO = "calico"
    CILIUM = "cilium"
    FLANNEL = "flannel"
    KUBENET = "kubenet"
    NONE = "none"


class CloudProvider(StrEnum):
    """Whether AWS's cloud controller manager reports the nodes' addresses and zones."""

    EXTERNAL = "external"
    NONE = "none"


class Nat(StrEnum):
    """How private nodes reach IPv4 destinations outside the VPC."""

    PER_ZONE = "perZone"
    SINGLE = "single"
    NONE = "none"


class Ipv6Source(StrEnum):
    """The source of the VPC's IPv6 range."""

    AMAZON = "amazon"
    IPAM = "ipam"
    BYOIP = "byoip"


class FlowLogDestination(StrEnum):
    """The destination of the VPC's flow logs."""

    NONE = "none"
    CLOUD_WATCH = "cloudWatch"
    S3 = "s3"


class Scheme(StrEnum):
    """Where the API endpoint can be reached from: the internet, or only the VPC and networks connected to it."""

    INTERNET_FACING = "internet-facing"
    INTERNAL = "internal"


class ProxyMode(StrEnum):
    """How kube-proxy programs Services."""

    IPTABLES = "iptables"
    IPVS = "ipvs"
    NFTABLES = "nftables"


class KeyAlgorithm(StrEnum):
    """The algorithm and the size of the keys that kubeadm makes."""

    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    RSA_4096 = "RSA-4096"
    ECDSA_P256 = "ECDSA-P256"
    ECDSA_P384 = "ECDSA-P384"


class TaintEffect(StrEnum):
    """The effect of a taint on pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class ServiceType(StrEnum):
    """How a Service is reached."""

    CLUSTER_IP = "ClusterIP"
    HEADLESS = "Headless"
    """A ClusterIP Service without an address. Its name resolves to the addresses of its pods."""
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_NAME = "ExternalName"


class FamilyPolicy(StrEnum):
    """How many families a Service has."""

    SINGLE_STACK = "SingleStack"
    PREFER_DUAL_STACK = "PreferDualStack"
    REQUIRE_DUAL_STACK = "RequireDualStack"


class TrafficPolicy(StrEnum):
    """The pods that a node sends a Service's traffic to: all of them, or those on the node itself."""

    CLUSTER = "Cluster"
    LOCAL = "Local"


class SessionAffinity(StrEnum):
    """Whether the connections of one client address go to one pod."""

    NONE = "None"
    CLIENT_IP = "ClientIP"


class TrafficDistribution(StrEnum):
    """The pods that a Service prefers, seen from the client."""

    PREFER_CLOSE = "PreferClose"
    """The older name of PreferSameZone."""
    PREFER_SAME_ZONE = "PreferSameZone"
    PREFER_SAME_NODE = "PreferSameNode"


class HealthCheckProtocol(StrEnum):
    """The protocol in which a network load balancer asks its targets whether they are healthy."""

    TCP = "TCP"
    HTTP = "HTTP"
    HTTPS = "HTTPS"


class Protocol(StrEnum):
    """The protocol of a port."""

    TCP = "TCP"
    UDP = "UDP"


class FileScope(StrEnum):
    """The machines that get a file."""

    CONTROL_PLANE = "control-plane"
    ALL = "all"


class Forge(StrEnum):
    """The system that runs the jobs and identifies them by a signed token."""

    GITHUB = "github"
    GITLAB = "gitlab"
