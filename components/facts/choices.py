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


class TaintEffect(StrEnum):
    """The effect of a taint on pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Protocol(StrEnum):
    """The protocol of a port."""

    TCP = "TCP"
    UDP = "UDP"
