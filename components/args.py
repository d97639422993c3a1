"""What callers give: the arguments that several components share, as every language sees them.

Names, defaults and their reasons are those of `spec.py`, which reads these.
"""

from typing import NotRequired, TypedDict


class BasicsArgs(TypedDict):
    """The cluster itself."""

    name: str
    """Its name, in every name AWS shows."""
    kubernetes_version: str
    """A minor like "1.37" or a patch like "1.37.2", from 1.16 on."""
    ip_families: NotRequired[list[str]]
    """IPv4 and IPv6, the primary first; IPv4 first by default."""
    cni: NotRequired[str]
    """calico, cilium, flannel (the default), kubenet or none."""
    cloud_provider: NotRequired[str]
    """external (the default) or none."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything AWS can tag."""
    protect: NotRequired[bool]
    """Refuse to delete what cannot be made again; off by default."""


class NodesArgs(TypedDict):
    """What every machine has in common."""

    image: NotRequired[str]
    """ubuntu (the default: the LTS that fits the Kubernetes minor) or an AMI id."""
    session_manager: NotRequired[bool]
    """Shell access by Session Manager; true by default."""
    ssh_key_name: NotRequired[str]
    """An EC2 key pair; none by default."""


class SoftwareArgs(TypedDict):
    """Where machines get what they run."""

    release_server: NotRequired[str]
    """A mirror with the upstream paths; the upstream sites by default."""
    image_repository: NotRequired[str]
    """Where kubeadm pulls the control plane's images; its own default by default."""
    chart_repository: NotRequired[str]
    """A Helm repository with the charts of all add-ons; their makers' own by default."""
    prebaked: NotRequired[bool]
    """The image already holds everything; false by default."""


class KubeadmArgs(TypedDict):
    """What is added to the documents kubeadm reads."""

    api_server_args: NotRequired[dict[str, str]]
    """Flags of kube-apiserver, without dashes."""
    controller_manager_args: NotRequired[dict[str, str]]
    """Flags of kube-controller-manager."""
    scheduler_args: NotRequired[dict[str, str]]
    """Flags of kube-scheduler."""
    etcd_args: NotRequired[dict[str, str]]
    """Flags of etcd."""
    kubelet_args: NotRequired[dict[str, str]]
    """Flags of the kubelet, on every machine."""
    feature_gates: NotRequired[dict[str, bool]]
    """kubeadm's own feature gates."""
    cert_sans: NotRequired[list[str]]
    """More names and addresses for the API server's certificate."""
    patches: NotRequired[dict[str, str]]
    """Files for kubeadm's patches directory, by name."""
    audit_policy: NotRequired[str]
    """An audit policy, as YAML."""
    proxy_mode: NotRequired[str]
    """iptables, ipvs or nftables; by default the mode that does both families in this minor."""


class NodeArgs(TypedDict):
    """What any machine of a cluster must know of it."""

    region: str
    """The region."""
    cluster: BasicsArgs
    """The cluster."""
    nodes: NotRequired[NodesArgs]
    """What every machine has in common."""
    software: NotRequired[SoftwareArgs]
    """Where machines get what they run."""
    kubeadm: NotRequired[KubeadmArgs]
    """What is added to the documents kubeadm reads."""


class PodsArgs(TypedDict):
    """The addresses of pods."""

    ipv4_range: NotRequired[str]
    """10.244.0.0/16 by default."""
    ipv6_range: NotRequired[str]
    """A /56 of the cluster's own RFC 4193 prefix by default."""
    node_mask_ipv4: NotRequired[int]
    """Each node's share; 24 by default."""
    node_mask_ipv6: NotRequired[int]
    """Each node's share; 64 by default."""


class ServicesArgs(TypedDict):
    """The addresses of Services."""

    ipv4_range: NotRequired[str]
    """10.96.0.0/16 by default."""
    ipv6_range: NotRequired[str]
    """A /112 of the cluster's own RFC 4193 prefix by default."""


class AddonSwitchesArgs(TypedDict):
    """What is installed into the cluster once its API answers."""

    cni: NotRequired[bool]
    """The network that cluster.cni names; true by default."""
    cloud_controller: NotRequired[bool]
    """The AWS cloud controller manager; true by default."""
    cloud_controller_environment: NotRequired[dict[str, str]]
    """Variables of its environment; none by default."""
    ip_masq_agent: NotRequired[bool]
    """ip-masq-agent, for both families; true by default with kubenet, and false with all others."""
    load_balancer_controller: NotRequired[bool]
    """The AWS Load Balancer Controller; false by default."""
    ebs_csi: NotRequired[bool]
    """The EBS CSI driver, with a default storage class; false by default."""
    metrics_server: NotRequired[bool]
    """metrics-server; false by default."""
    node_local_dns: NotRequired[bool]
    """A DNS cache on each node; false by default."""


class MachinesArgs(TypedDict):
    """The machines of a control plane."""

    count: NotRequired[int]
    """1, 3 (the default) or 5."""
    instance_type: NotRequired[str]
    """Two CPUs at least; t3.medium by default."""
    disk_gib: NotRequired[int]
    """The root disk; 40 GiB by default."""


class TaintArgs(TypedDict):
    """A taint that nodes of a pool register with."""

    key: str
    """Its name, like dedicated."""
    value: NotRequired[str]
    """Empty by default."""
    effect: str
    """NoSchedule, PreferNoSchedule or NoExecute."""


class PoolArgs(TypedDict):
    """A pool of workers."""

    instance_types: NotRequired[list[str]]
    """In order of preference, of one architecture; m6i.large by default."""
    min: NotRequired[int]
    """Machines at least; 1 by default."""
    max: NotRequired[int]
    """Machines at most; 3 by default."""
    disk_gib: NotRequired[int]
    """The root disk; 80 GiB by default."""
    labels: NotRequired[dict[str, str]]
    """Labels its nodes register with."""
    taints: NotRequired[list[TaintArgs]]
    """Taints its nodes register with."""
    spot: NotRequired[bool]
    """Spot capacity; false by default."""
    zones: NotRequired[list[str]]
    """Some of the network's zones; all by default."""


class ApiArgs(TypedDict):
    """The API endpoint."""

    scheme: NotRequired[str]
    """internal (the default) or internet-facing."""
    allowed_cidrs: list[str]
    """Ranges that may reach the API, in both families."""
    hosted_zone_id: NotRequired[str]
    """The Route 53 zone of the name."""
    dns_name: NotRequired[str]
    """A name for the API; the load balancer's own by default."""


class Ipv6Args(TypedDict):
    """Where the VPC's IPv6 range comes from."""

    source: NotRequired[str]
    """amazon (the default, a /56), ipam or byoip."""
    pool_id: NotRequired[str]
    """The IPAM or BYOIP pool."""
    netmask_length: NotRequired[int]
    """The size to ask an IPAM pool for: 44 to 60 in steps of 4."""
    range: NotRequired[str]
    """The fixed range to take from the pool."""


class EndpointsArgs(TypedDict):
    """Private ways to AWS services."""

    s3: NotRequired[bool]
    """A gateway endpoint for S3, on by default."""
    interfaces: NotRequired[list[str]]
    """Services with an interface endpoint in every private subnet, like ssm or ecr.api."""


class FlowLogsArgs(TypedDict):
    """A record of the VPC's traffic."""

    destination: NotRequired[str]
    """none (the default), cloudWatch or s3."""
    bucket_arn: NotRequired[str]
    """The bucket, when the destination is s3."""
    retention_days: NotRequired[int]
    """How long CloudWatch keeps them; 30 days by default."""


class NetworkLayoutArgs(TypedDict):
    """What the network is cut from, and where."""

    ipv4_range: NotRequired[str]
    """IPv4 range of the VPC, a /16 to a /20; 10.0.0.0/16 by default."""
    ipv6: NotRequired[Ipv6Args]
    """Where its IPv6 range comes from; Amazon's own by default."""
    zones: list[str]
    """One to six availability zones of one region."""
    nat: NotRequired[str]
    """NAT gateways: perZone (the default), single or none."""
    endpoints: NotRequired[EndpointsArgs]
    """Private ways to AWS services; S3's gateway by default."""
    flow_logs: NotRequired[FlowLogsArgs]
    """A record of the VPC's traffic; none by default."""


class ServicePortArgs(TypedDict):
    """A port of a Service."""

    name: NotRequired[str]
    """Its name, needed where there are several."""
    port: int
    """The port that clients use."""
    target_port: NotRequired[str]
    """The container's port, a number or a name; the same by default."""
    protocol: NotRequired[str]
    """TCP (the default) or UDP."""
    node_port: NotRequired[int]
    """The port on nodes; given out by the API server by default."""


class ServiceLoadBalancerArgs(TypedDict):
    """The network load balancer of a Service: it has addresses of both families."""

    scheme: NotRequired[str]
    """internal (the default) or internet-facing."""
    source_ranges: NotRequired[list[str]]
    """Ranges that may reach it, in both families; everybody by default."""


class DualStackServiceArgs(TypedDict):
    """A Service, in the words of the newest Kubernetes."""

    name: str
    """Its name."""
    namespace: NotRequired[str]
    """Its namespace; the provider's by default."""
    kubernetes_version: str
    """The Kubernetes that the cluster runs, like "1.37"."""
    type: NotRequired[str]
    """ClusterIP (the default), Headless, NodePort, LoadBalancer or ExternalName."""
    ip_families: NotRequired[list[str]]
    """IPv4, IPv6 or both, the primary first; the cluster's own order by default."""
    ip_family_policy: NotRequired[str]
    """SingleStack, PreferDualStack or RequireDualStack; by default what the families say, and PreferDualStack when none is named."""
    selector: NotRequired[dict[str, str]]
    """Labels of its pods."""
    ports: NotRequired[list[ServicePortArgs]]
    """Its ports; only Headless and ExternalName can do without."""
    external_name: NotRequired[str]
    """What a Service of type ExternalName is another name of."""
    load_balancer: NotRequired[ServiceLoadBalancerArgs]
    """More of what a Service of type LoadBalancer is."""
    labels: NotRequired[dict[str, str]]
    """Its labels."""
    annotations: NotRequired[dict[str, str]]
    """Its annotations, beside those of the load balancer."""
