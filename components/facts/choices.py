"""The closed sets of values that a configuration chooses from."""

from enum import StrEnum


class Cni(StrEnum):
    """Who gives pods their network."""

    CALICO = "calico"
    CILIUM = "cilium"
    FLANNEL = "flannel"
    KUBENET = "kubenet"
    NONE = "none"


class CloudProvider(StrEnum):
    """Whether AWS's cloud controller manager names the nodes and their addresses."""

    EXTERNAL = "external"
    NONE = "none"


class Nat(StrEnum):
    """How private nodes reach IPv4 destinations outside."""

    PER_ZONE = "perZone"
    SINGLE = "single"
    NONE = "none"


class Ipv6Source(StrEnum):
    """Where the VPC's IPv6 range comes from."""

    AMAZON = "amazon"
    IPAM = "ipam"
    BYOIP = "byoip"


class FlowLogDestination(StrEnum):
    """Where the VPC's flow logs go."""

    NONE = "none"
    CLOUD_WATCH = "cloudWatch"
    S3 = "s3"


class Scheme(StrEnum):
    """From where the API endpoint can be reached."""

    INTERNET_FACING = "internet-facing"
    INTERNAL = "internal"


class ProxyMode(StrEnum):
    """How kube-proxy programs Services."""

    IPTABLES = "iptables"
    IPVS = "ipvs"
    NFTABLES = "nftables"


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"
