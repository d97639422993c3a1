"""The arguments that callers write: each field with its meaning and its default.

Generated from the spec by `make fields`; edit the spec instead.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi

from .facts.choices import (
    CloudProvider,
    Cni,
    Family,
    FamilyPolicy,
    FileScope,
    FlowLogDestination,
    Forge,
    HealthCheckProtocol,
    ImageFamily,
    Ipv6Source,
    KeyAlgorithm,
    KubeletCertificates,
    Nat,
    ObjectLock,
    PodSecurityLevel,
    Protocol,
    ProxyMode,
    Scheme,
    ServiceType,
    SessionAffinity,
    TaintEffect,
    Tenancy,
    TierRoute,
    TrafficDistribution,
    TrafficPolicy,
    VolumeType,
)

__all__ = [
    "AddonsSectionArgs",
    "ApiArgs",
    "BackupsSectionArgs",
    "ClusterSectionArgs",
    "ControlPlaneSectionArgs",
    "EncryptionArgs",
    "EndpointsArgs",
    "EnvironmentArgs",
    "ExistingNetworkArgs",
    "ExistingSubnetArgs",
    "FileArgs",
    "FlowLogsArgs",
    "HealthCheckArgs",
    "Ipv6Args",
    "KubeadmArgs",
    "KubeletArgs",
    "MachineFileArgs",
    "NetworkSectionArgs",
    "NodesArgs",
    "OidcArgs",
    "OidcIssuerArgs",
    "OpenPortsArgs",
    "PodSecurityArgs",
    "PodsArgs",
    "PoolArgs",
    "RolloutArgs",
    "ServiceAccountIssuerSectionArgs",
    "ServiceLoadBalancerArgs",
    "ServicePortArgs",
    "ServicesArgs",
    "SoftwareArgs",
    "SubnetsArgs",
    "TaintArgs",
    "TierArgs",
    "TransitArgs",
    "VolumeArgs",
]

CloudProviderValue = CloudProvider | Literal["external", "none"]
CniValue = Cni | Literal["calico", "cilium", "flannel", "kubenet", "none"]
FamilyValue = Family | Literal["IPv4", "IPv6"]
FamilyPolicyValue = FamilyPolicy | Literal["SingleStack", "PreferDualStack", "RequireDualStack"]
FileScopeValue = FileScope | Literal["control-plane", "all"]
FlowLogDestinationValue = FlowLogDestination | Literal["none", "cloudWatch", "s3"]
ForgeValue = Forge | Literal["github", "gitlab"]
HealthCheckProtocolValue = HealthCheckProtocol | Literal["TCP", "HTTP", "HTTPS"]
ImageFamilyValue = ImageFamily | Literal["ubuntu", "amazon-linux-2023"]
Ipv6SourceValue = Ipv6Source | Literal["amazon", "ipam", "byoip"]
KeyAlgorithmValue = (
    KeyAlgorithm | Literal["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"]
)
KubeletCertificatesValue = KubeletCertificates | Literal["selfSigned", "signed", "verified"]
NatValue = Nat | Literal["perZone", "single", "transit", "none"]
ObjectLockValue = ObjectLock | Literal["none", "governance", "compliance"]
PodSecurityLevelValue = PodSecurityLevel | Literal["privileged", "baseline", "restricted"]
ProtocolValue = Protocol | Literal["TCP", "UDP"]
ProxyModeValue = ProxyMode | Literal["iptables", "ipvs", "nftables"]
SchemeValue = Scheme | Literal["internet-facing", "internal"]
ServiceTypeValue = (
    ServiceType | Literal["ClusterIP", "Headless", "NodePort", "LoadBalancer", "ExternalName"]
)
SessionAffinityValue = SessionAffinity | Literal["None", "ClientIP"]
TaintEffectValue = TaintEffect | Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
TenancyValue = Tenancy | Literal["default", "dedicated"]
TierRouteValue = TierRoute | Literal["private", "public", "isolated"]
TrafficDistributionValue = (
    TrafficDistribution | Literal["PreferClose", "PreferSameZone", "PreferSameNode"]
)
TrafficPolicyValue = TrafficPolicy | Literal["Cluster", "Local"]
VolumeTypeValue = VolumeType | Literal["gp3", "io2"]


class ClusterSectionArgs(TypedDict):
    """The cluster itself."""

    name: str
    """The cluster's name. It is part of every name that AWS shows."""
    kubernetes_version: str
    """A Kubernetes minor, or a patch of one. A minor alone means the patch that the table of minors names. For
    example 1.37 or 1.37.2."""
    ip_families: NotRequired[Sequence[FamilyValue]]
    """IPv4 and IPv6, the primary family first. IPv4 first by default: programs that know one family keep working.
    Values: IPv4, IPv6. Default: [IPv4, IPv6]."""
    cni: NotRequired[CniValue]
    """The network plugin. flannel by default: it supports and masquerades both families, and this program installs
    it. flannel has no network policies. Values: calico, cilium, flannel, kubenet, none. Default: flannel."""
    cloud_provider: NotRequired[CloudProviderValue]
    """Whether AWS's cloud controller manager runs. External by default: it labels nodes with their zone and removes
    the nodes of terminated instances. Values: external, none. Default: external."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that AWS can tag, beside the cluster's own tags. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete what cannot be recreated: network, control-plane machines, certificate authorities. AWS then
    refuses to delete the machines and the API's load balancer by hand too. Off by default, so that a trial can be
    deleted; production stacks turn it on. Default: false."""


class FileArgs(TypedDict):
    """A file of a machine. User data holds its text, which every program on the machine can read: write no secret."""

    content: str
    """The file's text."""
    mode: NotRequired[str]
    """The file's permissions, as chmod takes them and in quotes. It belongs to root. Default: 0644."""


class NodesArgs(TypedDict):
    """What every machine has in common."""

    image: NotRequired[pulumi.Input[str]]
    """An AMI id; or `ubuntu`, the Ubuntu LTS that fits the minor; or `amazon-linux-2023`, from 1.25 on. The two names
    are looked up in public SSM parameters when a machine is first created. Default: ubuntu."""
    newest_image: NotRequired[bool]
    """Move pools and control planes to the newest image at each `up`: their machines are replaced in order when there
    is one. Off by default: a pool and a control plane keep the image that was the newest when they were made. Only
    with an image by name. Default: false."""
    image_family: NotRequired[ImageFamilyValue]
    """The distribution of an AMI that is named by its id. Ubuntu by default. Values: ubuntu, amazon-linux-2023."""
    session_manager: NotRequired[bool]
    """Shell access by Session Manager: it needs no open port and no key, and records every session. Default: true."""
    ssh_key_name: NotRequired[pulumi.Input[str]]
    """An EC2 key pair for SSH. None by default."""
    disk_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key that encrypts every disk of machines. By default the account's own for EBS. It may be an output of
    another resource or stack."""
    shutdown_grace_seconds: NotRequired[int]
    """The time that pods get to end when a machine shuts down, in seconds. 60 by default: AWS announces no longer
    time that is certain. 0 turns it off. From 1.21 on. Default: 60."""
    shutdown_critical_seconds: NotRequired[int]
    """The part of that time which is kept for critical pods, in seconds: they end last. The control plane is such
    pods. Default: 20."""
    files: NotRequired[Mapping[str, FileArgs]]
    """Files by path, written at the first boot. A pool's file replaces that of `nodes` at the same path. Secrets do
    not belong here: user data holds the text."""
    packages: NotRequired[list[str]]
    """Packages of the image's distribution, installed before kubeadm runs. Default: []."""
    pre_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order before kubeadm, when files, packages and software are there. Each runs
    until it has succeeded once. One that fails ends the attempt, and its number is in the machine's status. Default:
    []."""
    post_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order when the machine has joined. Each runs until it has succeeded once.
    Default: []."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Further security groups of the machines, beside their own. AWS allows five on a machine. They may be outputs.
    Default: []."""


class SoftwareArgs(TypedDict):
    """Where machines download what they run."""

    release_server: NotRequired[str]
    """A mirror of the release files, with the upstream paths. The upstream sites by default."""
    image_repository: NotRequired[str]
    """The repository of the control plane's and the add-ons' images. By default kubeadm's own and the add-ons'
    own."""
    chart_repository: NotRequired[str]
    """A Helm repository with the charts of all add-ons. By default the repositories of their makers."""
    prebaked: NotRequired[bool]
    """The image already holds containerd, runc, the CNI plugins, kubelet and kubeadm; machines download nothing.
    Default: false."""
    package_mirror: NotRequired[str]
    """A mirror of Ubuntu's archive, for the packages that kubeadm calls and the image lacks. With Amazon Linux, a
    copy of its repository, as `dnf reposync` makes it for one architecture; `$basearch` stands for that of each
    machine. By default the image's own."""
    proxy: NotRequired[str]
    """A proxy for everything that machines ask of the internet, such as http://proxy.example.com:3128. None by
    default. Pods do not get it."""
    no_proxy: NotRequired[list[str]]
    """Names, addresses and ranges that machines reach without the proxy, beside those that follow from the cluster:
    its ranges, its API, the VPC and its endpoints. Default: []."""


class MachineFileArgs(TypedDict):
    """A file that machines get before kubeadm runs. Components that name it in an argument have it mounted."""

    content: NotRequired[str]
    """The file's text. A program may give the text of a secret file in `secretFiles` of the cluster instead."""
    on: NotRequired[FileScopeValue]
    """Which machines get it. Arguments of the kubelet need `all`, because every machine has a kubelet. Values:
    control-plane, all. Default: control-plane."""
    secret: NotRequired[bool]
    """Keep the text out of user data: it is an SSM parameter that only control planes read. Off by default, because
    such a parameter has at most 4096 bytes. Default: false."""


class KubeadmArgs(TypedDict):
    """What is added to the documents that kubeadm reads. Settings that would break dual-stack are refused."""

    api_server_args: NotRequired[Mapping[str, str]]
    """Flags of kube-apiserver, without dashes. Default: {}."""
    controller_manager_args: NotRequired[Mapping[str, str]]
    """Flags of kube-controller-manager, without dashes. Default: {}."""
    scheduler_args: NotRequired[Mapping[str, str]]
    """Flags of kube-scheduler, without dashes. Default: {}."""
    etcd_args: NotRequired[Mapping[str, str]]
    """Flags of etcd, without dashes. Default: {}."""
    kubelet_args: NotRequired[Mapping[str, str]]
    """Flags of the kubelet on every machine, without dashes. Default: {}."""
    feature_gates: NotRequired[Mapping[str, bool]]
    """kubeadm's own feature gates. A component's gates go into its `feature-gates` flag. Default: {}."""
    cert_sans: NotRequired[list[str]]
    """More names and addresses for the API server's certificate. Default: []."""
    key_algorithm: NotRequired[KeyAlgorithmValue]
    """The keys of the certificates that kubeadm signs on control planes, from 1.31 on: those of components and of
    administrators there. RSA-2048 by default, as in kubeadm. The authorities, the key of service accounts and the
    administrator of the outputs have RSA 2048 always. Values: RSA-2048, RSA-3072, RSA-4096, ECDSA-P256,
    ECDSA-P384."""
    certificate_days: NotRequired[int]
    """The life in days of the certificates that kubeadm signs on control planes, from 1.31 on. A year by default, as
    in kubeadm, which warns of more. A timer renews them when 90 days are left, so less than 180 is refused."""
    kubelet_certificates: NotRequired[KubeletCertificatesValue]
    """Who signs the certificates with which kubelets serve, and who checks them. In a new cluster the authority signs
    and API servers check, from 1.19 on, unless `kubeletArgs` name certificates; a running one keeps what it was made
    with. It goes to `verified` by way of `signed`. Values: selfSigned, signed, verified."""
    patches: NotRequired[Mapping[str, str]]
    """Files for kubeadm's patches directory, by file name. kubeadm reads them from 1.22 on. Default: {}."""
    audit: NotRequired[bool]
    """Whether API servers write an audit log, /var/log/kubernetes/audit/audit.log on each control plane. On by
    default: who did what is asked when it is too late to turn it on. Control planes that run follow a change, one
    after the other. Default: true."""
    audit_policy: NotRequired[str]
    """Another audit policy, as YAML. By default a request is one line without a body, changes of rights are there
    with what was asked for, and what components read is left out, except Secrets."""
    dns_domain: NotRequired[str]
    """The domain of Services' names, which kubeadm gives the DNS, kubelets and the API server's certificate.
    Kubernetes' own by default, which programs expect that know no other. It cannot be changed later. Default:
    cluster.local."""
    proxy_metrics_bind_address: NotRequired[str]
    """Where kube-proxy serves its metrics, like [::]:10249 for both families. By default each node's loopback, which
    Prometheus cannot reach."""
    proxy_mode: NotRequired[ProxyModeValue]
    """How kube-proxy programs Services. By default the first mode that supports both families in the minor. Values:
    iptables, ipvs, nftables."""
    files: NotRequired[Mapping[str, MachineFileArgs]]
    """Files for control planes or all machines, by path. A changed text reaches control planes that run, one after
    the other, and pools by new machines."""


class PodsArgs(TypedDict):
    """The addresses of pods. Each node gets a share of both ranges."""

    ipv4_range: NotRequired[str]
    """The IPv4 range of all pods, outside the VPC's and the Services' ranges. Default: 10.244.0.0/16."""
    ipv6_range: NotRequired[str]
    """The IPv6 range of all pods. By default a /56 of the cluster's own RFC 4193 prefix, so that two clusters never
    collide. In 1.16, where a node's share is a /24, the default is a /16 beside that prefix."""
    node_mask_ipv4: NotRequired[int]
    """The prefix length of a node's share of the IPv4 range. A /24 has room for the 110 pods that a kubelet runs.
    Default: 24."""
    node_mask_ipv6: NotRequired[int]
    """The prefix length of a node's share of the IPv6 range. 64 by default; in 1.16, which has one mask for both
    families, it is `nodeMaskIpv4`."""


class ServicesArgs(TypedDict):
    """The addresses of Services."""

    ipv4_range: NotRequired[str]
    """The IPv4 range of Services, outside the VPC's and the pods' ranges. Default: 10.96.0.0/16."""
    ipv6_range: NotRequired[str]
    """The IPv6 range of Services. By default a /112 of the cluster's own RFC 4193 prefix, so that two clusters never
    collide."""
    node_ports: NotRequired[str]
    """The ports on every node that Services of type NodePort and LoadBalancer get. The firewall opens them to the
    VPC. Default: 30000-32767."""


class VolumeArgs(TypedDict):
    """A further disk. It has no file system until a command makes one. It is encrypted, and deleted with its machine."""

    size_gib: int
    """The size, in GiB."""
    type: NotRequired[VolumeTypeValue]
    """The type. Values: gp3, io2. Default: gp3."""
    iops: NotRequired[int]
    """The operations a second: of gp3 3000 by default, and required of io2."""
    throughput: NotRequired[int]
    """The throughput of gp3, in MiB a second. 125 by default."""


class KubeletArgs(TypedDict):
    """The limits of the kubelets of some machines. A machine reads them once, when it becomes a node."""

    max_pods: NotRequired[int]
    """The most pods of one machine. By default 110, the kubelet's own limit."""
    kube_reserved: NotRequired[Mapping[str, str]]
    """What is kept from pods for the kubelet and the runtime. By default each machine computes `cpu` and `memory`
    from its own size: a quarter of the first 4 GiB, and less of what is above it. Default: {}."""
    system_reserved: NotRequired[Mapping[str, str]]
    """What is kept from pods for everything else on the machine. Nothing by default: `kubeReserved` has room for
    both. Default: {}."""
    eviction_hard: NotRequired[Mapping[str, str]]
    """When the kubelet evicts pods, beside its own thresholds: less than 100Mi of memory, 10% of the disk or 5% of
    its inodes, 15% of the images' disk. Default: {}."""
    pod_pids_limit: NotRequired[int]
    """The most processes of one pod. By default 4096: a pod that forks without end cannot stop its machine."""


class OpenPortsArgs(TypedDict):
    """A port, or a range of ports, in the words of a NetworkPolicy."""

    port: int
    """The port, or the first of a range."""
    end_port: NotRequired[int]
    """The last port of a range. By default the range is `port` alone."""
    protocol: NotRequired[ProtocolValue]
    """The protocol. Values: TCP, UDP. Default: TCP."""


class ControlPlaneSectionArgs(TypedDict):
    """The machines that run the API server and etcd."""

    volumes: NotRequired[Mapping[str, VolumeArgs]]
    """Further disks by device, /dev/sdf to /dev/sdp. The machine sees NVMe devices, whose serial number is the
    volume's id."""
    placement_group: NotRequired[pulumi.Input[str]]
    """The name of a placement group that exists. A cluster group holds machines of one zone. It may be an output."""
    tenancy: NotRequired[TenancyValue]
    """Whether the machines run on hosts that run nothing of other accounts, which AWS bills. Values: default,
    dedicated. Default: default."""
    count: NotRequired[int]
    """How many machines: 1, 3 or 5. With three, etcd survives the loss of one. Default: 3."""
    instance_type: NotRequired[str]
    """The instance type: kubeadm requires two CPUs and 1700 MB. Two CPUs and 4 GiB suffice for a small cluster.
    Default: t3.medium."""
    disk_gib: NotRequired[int]
    """The size of the root disk, in GiB. Default: 40."""
    disk_iops: NotRequired[int]
    """The operations a second of the root disk, on which etcd writes. 3000 by default, as gp3 has them without a
    surcharge."""
    disk_throughput: NotRequired[int]
    """The throughput of the root disk, in MiB a second. 125 by default."""
    kubelet: NotRequired[KubeletArgs]
    """The limits of its kubelets."""
    ports_from_nodes: NotRequired[Sequence[OpenPortsArgs]]
    """Further ports of control planes that every node may reach, such as 9100 for Prometheus and its node exporter.
    Pods in the host's network of a worker can be reached on every port without this. None by default: workers run
    other people's programs, and need none of the control planes' other ports."""
    metadata_hop_limit: NotRequired[int]
    """How many hops away instance metadata answers: 1 reaches the machine and pods in its network, 2 every pod on it.
    With 2 a pod has the role that reads the cluster's keys. The default is 1. It is 2 only while
    `addons.loadBalancerController` or `addons.ebsCsi` is on, and `serviceAccountIssuer` is off: their controllers
    then use that role."""
    files: NotRequired[Mapping[str, FileArgs]]
    """Files by path, written at the first boot. A pool's file replaces that of `nodes` at the same path. Secrets do
    not belong here: user data holds the text."""
    packages: NotRequired[list[str]]
    """Packages of the image's distribution, installed before kubeadm runs. Default: []."""
    pre_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order before kubeadm, when files, packages and software are there. Each runs
    until it has succeeded once. One that fails ends the attempt, and its number is in the machine's status. Default:
    []."""
    post_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order when the machine has joined. Each runs until it has succeeded once.
    Default: []."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Further security groups of the machines, beside their own. AWS allows five on a machine. They may be outputs.
    Default: []."""


class EncryptionArgs(TypedDict):
    """How the API servers encrypt Secrets before etcd stores them."""

    enabled: NotRequired[bool]
    """Whether Secrets are encrypted, by secretbox and a key of the cluster's own. On by default: etcd's files, its
    snapshots and their copies then hold no Secret in plain. Control planes that run follow a change, and rewrite the
    Secrets. Default: true."""
    key: NotRequired[int]
    """The number of the key that encrypts. The next number is another key: control planes learn it, then encrypt with
    it, and rewrite the Secrets. Earlier keys are kept, because snapshots of etcd need them. No number can be taken
    back. Default: 1."""


class OidcIssuerArgs(TypedDict):
    """An issuer, and how its tokens become users and groups."""

    url: str
    """The issuer, as its tokens have it. The API server must reach it, and reads its keys there."""
    client_id: str
    """The client that tokens must be for: their audience."""
    username_claim: NotRequired[str]
    """The claim that is the user's name. By default the one that never changes, and that every token has. Default:
    sub."""
    username_prefix: NotRequired[str]
    """What is put before the name. By default a prefix, so that nobody is taken for another kind of user. Default:
    oidc:."""
    groups_claim: NotRequired[str]
    """The claim that holds the user's groups. By default tokens give no groups."""
    groups_prefix: NotRequired[str]
    """What is put before each group. By default a prefix, so that the issuer gives nobody a group of Kubernetes.
    Default: oidc:."""
    required_claims: NotRequired[Mapping[str, str]]
    """Claims that a token must have, with their values. Before 1.30 there can be one. Default: {}."""
    ca: NotRequired[str]
    """The certificate authority of the issuer, as PEM. By default those that the machines trust."""


class OidcArgs(TypedDict):
    """People who log in with a token of an OpenID Connect issuer."""

    issuers: NotRequired[Sequence[OidcIssuerArgs]]
    """The issuers: before 1.30 at most one. None by default. Control planes that run follow a change, one after the
    other."""


class PodSecurityArgs(TypedDict):
    """The levels of the Pod Security Standards for namespaces without labels of their own. From 1.23 on."""

    enforce: NotRequired[PodSecurityLevelValue]
    """The level below which pods are refused. None by default, which allows everything: a level that a cluster gets
    later refuses pods that run today when they are made again. Values: privileged, baseline, restricted."""
    audit: NotRequired[PodSecurityLevelValue]
    """The level below which a pod is noted in the audit log. Values: privileged, baseline, restricted."""
    warn: NotRequired[PodSecurityLevelValue]
    """The level below which who makes a pod is warned. Values: privileged, baseline, restricted."""
    exempt_namespaces: NotRequired[list[str]]
    """Namespaces to which no level applies, whatever their labels say, beside kube-system and those of the network
    plugin. Default: []."""


class ServiceAccountIssuerSectionArgs(TypedDict):
    """The issuer of the tokens of pods, which AWS knows. So a pod can have an IAM role of its own."""

    enabled: NotRequired[bool]
    """Whether AWS can check the tokens of pods. Add-ons that call AWS then have roles of their own. Off by default:
    two public documents in a bucket are for a team to decide, and an account that blocks public buckets refuses them.
    It takes 1.22. Once on, it stays on: pods have its tokens. Default: false."""
    key: NotRequired[int]
    """The number of the key that signs tokens, whether AWS can check them or not. The next number is another key:
    first all API servers accept its tokens, then they sign with it. Earlier keys are kept. No number can be taken
    back. Default: 1."""
    oldest_key: NotRequired[int]
    """The oldest key whose tokens are accepted. Raise it a day after `key`: pods have new tokens by then. Tokens in
    Secrets that an earlier key has signed end with it. It takes 1.21: before, pods have no others. Default: 1."""


class AddonsSectionArgs(TypedDict):
    """What Pulumi installs into the cluster once its API answers, so that nodes become ready. A team whose GitOps installs an add-on turns it off here and takes the manifests from `make render`."""

    cni: NotRequired[bool]
    """The network plugin that `cluster.cni` names, if it is in the catalog. Default: true."""
    cloud_controller: NotRequired[bool]
    """The AWS cloud controller manager, when `cluster.cloudProvider` is external. Default: true."""
    cloud_controller_environment: NotRequired[Mapping[str, str]]
    """Environment variables of the cloud controller: a proxy, or an endpoint as in `AWS_ENDPOINT_URL_EC2`. Default:
    {}."""
    ip_masq_agent: NotRequired[bool]
    """ip-masq-agent, for both families. By default on with kubenet, which masquerades IPv4 alone, and off with every
    other plugin: most masquerade both families themselves."""
    load_balancer_controller: NotRequired[bool]
    """The AWS Load Balancer Controller. Off by default: it lets control planes create load balancers, which AWS
    bills. Default: false."""
    ebs_csi: NotRequired[bool]
    """The EBS CSI driver, with encrypted gp3 as the default storage class. Off by default: it lets control planes
    create and delete volumes. Default: false."""
    cluster_autoscaler: NotRequired[bool]
    """The cluster autoscaler, which sets the size of each pool between its `min` and `max`. Off by default: it lets
    control planes start and end workers. Default: false."""
    metrics_server: NotRequired[bool]
    """metrics-server. Off by default: other programs serve the metrics API too, and a cluster needs one of them.
    Default: false."""
    reader: NotRequired[bool]
    """A kubeconfig that only reads, as the output `readerKubeconfig`, and the rights of its group: the role `view`,
    which shows no Secret, and nodes. Off by default: nobody can take a certificate back before it ends, after a year.
    Default: false."""
    node_local_dns: NotRequired[bool]
    """A DNS cache on each node. Off by default: it is one more part between pods and DNS, which only large clusters
    need. Default: false."""


class EnvironmentArgs(TypedDict):
    """An environment: one stack, whose jobs get a role that writes."""

    region: str
    """The region of the stack."""
    cluster: NotRequired[str]
    """The name of the stack's cluster. By default it is the environment's."""
    disk_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The key of the stack's `nodes.diskKmsKeyArn`, if it has one: starting a machine with it needs rights on the
    key."""


class SubnetsArgs(TypedDict):
    """The sizes of subnets. A change replaces them, and what is in them."""

    private_size: NotRequired[int]
    """The prefix length of private subnets, at most 27. By default a subnet has its zone's whole share, an eighth of
    the VPC: a /19 of a /16."""
    public_size: NotRequired[int]
    """The prefix length of public subnets, at most 27. By default the whole share, a sixty-fourth of the VPC: a /22
    of a /16."""


class TierArgs(TypedDict):
    """A further tier: one subnet in each zone, for what is not the cluster's."""

    slot: int
    """The tier's place in the address plan, 0 to 7. It fixes the ranges in both families. A change replaces the
    subnets."""
    ipv4_range: NotRequired[str]
    """One of `furtherIpv4Ranges`, in which the tier's subnets are. By default they are in the first range, in the
    upper half of each zone's share. Private subnets must then have the lower half or less."""
    route: NotRequired[TierRouteValue]
    """Where its packets go: as those of private subnets, as those of public ones, or nowhere outside the VPC. Values:
    private, public, isolated. Default: private."""


class Ipv6Args(TypedDict):
    """Where the VPC's IPv6 range comes from."""

    source: NotRequired[Ipv6SourceValue]
    """Who assigns the range. Amazon's /56 is the default: it is public, free, and available in every account. Values:
    amazon, ipam, byoip. Default: amazon."""
    pool_id: NotRequired[pulumi.Input[str]]
    """The IPAM or BYOIP pool, when `source` is one of these."""
    netmask_length: NotRequired[int]
    """The prefix length to request from an IPAM pool: 44 to 60 in steps of 4. Not beside `range`."""
    range: NotRequired[str]
    """The exact range to take from the pool: required of a BYOIP pool, possible with an IPAM pool."""


class TransitArgs(TypedDict):
    """The transit gateway, with `nat: transit`. Its routes to NAT gateways and back are its owner's."""

    gateway_id: pulumi.Input[str]
    """The transit gateway. The private subnets are attached to it. It may be an output of another resource or
    stack."""
    ipv6: bool
    """Whether IPv6 leaves through the transit gateway too. If not, it leaves through an egress-only gateway of the
    VPC."""
    nat_addresses: NotRequired[Mapping[str, pulumi.Input[str]]]
    """The public IPv4 addresses that machines' traffic has outside, by zone or another name: those of NAT gateways
    behind the transit gateway. An internet-facing API admits them. They may be outputs."""


class EndpointsArgs(TypedDict):
    """Private connections from the VPC to AWS services."""

    s3: NotRequired[bool]
    """A gateway endpoint for S3. On by default: it is free and keeps image layers off the NAT gateways. Default:
    true."""
    interfaces: NotRequired[list[str]]
    """Services that get an interface endpoint in every private subnet, like `ssm` or `ecr.api`. None by default: AWS
    bills each by the hour. In aws-cn a full name is allowed too, like `cn.com.amazonaws.cn-north-1.transcribe.cn`.
    Default: []."""


class FlowLogsArgs(TypedDict):
    """A record of the VPC's traffic."""

    destination: NotRequired[FlowLogDestinationValue]
    """Where the flow logs go. None by default: AWS bills them by volume. Values: none, cloudWatch, s3. Default:
    none."""
    bucket_arn: NotRequired[pulumi.Input[str]]
    """The bucket, when the destination is `s3`."""
    retention_days: NotRequired[int]
    """How long CloudWatch keeps them, in days. A month is long enough to look into an incident. Default: 30."""


class NetworkSectionArgs(TypedDict):
    """The VPC."""

    ipv4_range: NotRequired[str]
    """The IPv4 range of the VPC, a /16 to a /20. A /16 is the most that a VPC can have. Default: 10.0.0.0/16."""
    further_ipv4_ranges: NotRequired[list[str]]
    """Up to four further IPv4 ranges of the VPC, each a /16 to a /28. Security groups that admit the VPC admit them
    too. No subnet of machines is in them."""
    subnets: NotRequired[SubnetsArgs]
    """The sizes of subnets."""
    tiers: NotRequired[Mapping[str, TierArgs]]
    """Further subnets in each zone, by the name of their tier, like those of databases. The cluster puts nothing
    there."""
    ipv6: NotRequired[Ipv6Args]
    """Where the VPC's IPv6 range comes from."""
    zones: list[str]
    """One to six availability zones of the region. Each gets a public and a private subnet."""
    nat: NotRequired[NatValue]
    """NAT gateways for IPv4 egress. One in each zone by default: a zone that fails takes no other's egress with it.
    Values: perZone, single, transit, none. Default: perZone."""
    transit: NotRequired[TransitArgs]
    """The transit gateway in place of NAT gateways, with `nat: transit`."""
    endpoints: NotRequired[EndpointsArgs]
    """Private connections from the VPC to AWS services."""
    flow_logs: NotRequired[FlowLogsArgs]
    """A record of the VPC's traffic."""


class ExistingSubnetArgs(TypedDict):
    """A subnet of an existing VPC."""

    id: pulumi.Input[str]
    """The subnet. It may be an output of another resource or stack."""
    ipv4_range: str
    """Its IPv4 range, from which the room for machines follows."""
    ipv6_range: pulumi.Input[str]
    """Its IPv6 range. It may be an output."""


class ExistingNetworkArgs(TypedDict):
    """A VPC that exists already, in place of `network`. Nothing in it is changed but tags, if `tagSubnets` says so."""

    vpc_id: pulumi.Input[str]
    """The VPC. It may be an output of another resource or stack."""
    ipv4_ranges: list[str]
    """All IPv4 ranges of the VPC, the primary one first: pods and Services must keep clear of them."""
    ipv6_range: pulumi.Input[str]
    """The VPC's IPv6 range, in which its subnets are. It may be an output."""
    private_subnets: Mapping[str, ExistingSubnetArgs]
    """The subnet of machines in each zone, by zone. Both families must have a route out of it."""
    public_subnets: NotRequired[Mapping[str, ExistingSubnetArgs]]
    """The subnet of internet-facing load balancers in each zone, by zone. Without any, the API can only be
    internal."""
    ipv4_egress: NotRequired[bool]
    """Whether machines reach IPv4 destinations outside, through a NAT gateway, a transit gateway or another way.
    Without it, mirrors and an image repository that answer over IPv6 are required. Default: true."""
    nat_addresses: NotRequired[Mapping[str, pulumi.Input[str]]]
    """The public IPv4 addresses that machines' traffic has outside the VPC, by zone or another name: those of NAT
    gateways. An internet-facing API admits them. They may be outputs."""
    endpoints: NotRequired[list[str]]
    """Services that have an interface endpoint in the VPC, like `ssm` or `ecr.api`. Machines reach them without a
    proxy. Default: []."""
    tag_subnets: NotRequired[bool]
    """Tag the subnets, so that the cluster's controllers find them for load balancers. Off by default: nothing of the
    VPC is changed, and who only shares the VPC cannot tag. Its owner may set the same tags. Default: false."""


class ApiArgs(TypedDict):
    """The API endpoint: a network load balancer with addresses of both families."""

    allowed_cidrs: list[str]
    """Ranges that may reach the API: at least one of each family. Machines of the cluster always may."""
    scheme: NotRequired[SchemeValue]
    """Whether the load balancer has public addresses. Internal by default: a public endpoint is a decision. Values:
    internet-facing, internal. Default: internal."""
    hosted_zone_id: NotRequired[pulumi.Input[str]]
    """The Route 53 zone that gets the records of `dnsName`."""
    dns_name: NotRequired[str]
    """A name for the API, with A and AAAA records in the hosted zone. By default the load balancer's own name."""


class BackupsSectionArgs(TypedDict):
    """Snapshots of etcd, which control planes make each hour and put into a bucket of the cluster's own."""

    keep_days: NotRequired[int]
    """How many days a snapshot is kept. 30 by default: a mistake is often found weeks later, and a snapshot is small.
    Default: 30."""
    object_lock: NotRequired[ObjectLockValue]
    """Who may delete a snapshot before its days are over. `none` by default, so that a trial can be deleted. A lock
    cannot be taken off a bucket again, and with `compliance` nobody can delete a snapshot or its bucket before its
    time. Values: none, governance, compliance. Default: none."""
    enabled: NotRequired[bool]
    """Whether there are backups. On by default: without one, the loss of all control planes is the loss of the
    cluster. Default: true."""


class TaintArgs(TypedDict):
    """A taint that nodes of a pool register with."""

    key: str
    """The taint's key, like `dedicated`."""
    value: NotRequired[str]
    """The taint's value. Default: ""."""
    effect: TaintEffectValue
    """The effect on pods that do not tolerate the taint. Values: NoSchedule, PreferNoSchedule, NoExecute."""


class RolloutArgs(TypedDict):
    """How the machines of a pool are replaced, by an instance refresh of its Auto Scaling group."""

    join_seconds: NotRequired[int]
    """The time that a new machine has to become a Ready node, in seconds. AWS ends one that takes longer, and the old
    machines stay. 20 minutes by default: a machine takes three to five, and beside a new cluster up to 15. Default:
    1200."""
    drain_seconds: NotRequired[int]
    """The time that pods have to leave a machine that ends, in seconds. Disruption budgets are honoured for so long;
    then the machine ends anyway. Ten minutes by default. A spot machine has what is left of its notice of two
    minutes. Default: 600."""
    min_healthy_percentage: NotRequired[int]
    """The part of the pool that stays in service while machines are replaced. 100 by default: a new machine is a node
    before an old one leaves. Less replaces without more machines, where quotas or addresses allow none. Default:
    100."""
    max_healthy_percentage: NotRequired[int]
    """The part of the pool that may run while machines are replaced. 110 by default: a tenth at a time, and at least
    one machine. More is faster, and starts more machines at once. At most 100 above `minHealthyPercentage`. Default:
    110."""
    warm_up_seconds: NotRequired[int]
    """The time between a new machine's word that its node is Ready and the next step, in seconds. Half a minute by
    default, in which pods of the new node become ready. Default: 30."""
    pause_at_percentages: NotRequired[Sequence[int]]
    """Parts of the pool after which the replacement pauses, ascending. None by default. With `[1]` it pauses after
    the first machine, and a fault of a new image shows on one machine. Default: []."""
    pause_seconds: NotRequired[int]
    """The length of each pause, in seconds. An hour by default. Default: 3600."""
    auto_rollback: NotRequired[bool]
    """Let AWS roll a failed replacement back. On by default, so that the pool ends with one kind of machine. Pulumi's
    provider gives a group its new template first, so AWS may roll back to that one; old machines stay in any case.
    Default: true."""
    max_instance_lifetime_days: NotRequired[int]
    """The age at which a machine is replaced, in days. None by default: machines live until something changes."""
    wait_for_nodes: NotRequired[bool]
    """Whether `up` waits until the machines of a new or changed pool have joined. By default it does in a cluster
    whose network plugin this program installs: without one no node becomes Ready. A pool alone waits only if this is
    true."""


class PoolArgs(TypedDict):
    """A pool of workers."""

    volumes: NotRequired[Mapping[str, VolumeArgs]]
    """Further disks by device, /dev/sdf to /dev/sdp. The machine sees NVMe devices, whose serial number is the
    volume's id."""
    placement_group: NotRequired[pulumi.Input[str]]
    """The name of a placement group that exists. A cluster group holds machines of one zone. It may be an output."""
    tenancy: NotRequired[TenancyValue]
    """Whether the machines run on hosts that run nothing of other accounts, which AWS bills. Values: default,
    dedicated. Default: default."""
    instance_types: NotRequired[list[str]]
    """Instance types of one architecture, in order of preference. Several let a spot pool find capacity. Default:
    [m6i.large]."""
    min: NotRequired[int]
    """The least number of machines. Default: 1."""
    max: NotRequired[int]
    """The greatest number of machines. Default: 3."""
    disk_gib: NotRequired[int]
    """The size of the root disk, in GiB. The default holds the images and logs of a full node. Default: 80."""
    disk_iops: NotRequired[int]
    """The operations a second of the root disk. 3000 by default, as gp3 has them without a surcharge."""
    disk_throughput: NotRequired[int]
    """The throughput of the root disk, in MiB a second. 125 by default."""
    detailed_monitoring: NotRequired[bool]
    """Metrics of its machines each minute, which AWS bills. Every five minutes by default. Default: false."""
    labels: NotRequired[Mapping[str, str]]
    """Labels that its nodes register with. Default: {}."""
    taints: NotRequired[Sequence[TaintArgs]]
    """Taints that its nodes register with."""
    spot: NotRequired[bool]
    """Use spot capacity, which AWS may take back after a notice of two minutes. Default: false."""
    zones: NotRequired[list[str]]
    """The zones that the pool uses, some of the network's. All of them by default."""
    kubelet: NotRequired[KubeletArgs]
    """The limits of its kubelets."""
    rollout: NotRequired[RolloutArgs]
    """How its machines are replaced."""
    files: NotRequired[Mapping[str, FileArgs]]
    """Files by path, written at the first boot. A pool's file replaces that of `nodes` at the same path. Secrets do
    not belong here: user data holds the text."""
    packages: NotRequired[list[str]]
    """Packages of the image's distribution, installed before kubeadm runs. Default: []."""
    pre_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order before kubeadm, when files, packages and software are there. Each runs
    until it has succeeded once. One that fails ends the attempt, and its number is in the machine's status. Default:
    []."""
    post_kubeadm_commands: NotRequired[list[str]]
    """Commands that root's shell runs in order when the machine has joined. Each runs until it has succeeded once.
    Default: []."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Further security groups of the machines, beside their own. AWS allows five on a machine. They may be outputs.
    Default: []."""


class ServicePortArgs(TypedDict):
    """A port of a Service."""

    name: NotRequired[str]
    """The port's name, required if there are several ports."""
    port: int
    """The port that clients use."""
    target_port: NotRequired[str]
    """The container's port, a number or a name. By default the same as `port`."""
    protocol: NotRequired[ProtocolValue]
    """The port's protocol. Values: TCP, UDP. Default: TCP."""
    node_port: NotRequired[int]
    """The port on every node. By default the API server assigns one, so that no two Services conflict."""
    app_protocol: NotRequired[str]
    """The protocol inside the connection, like `http` or `kubernetes.io/h2c`, for gateways and meshes that ask. From
    1.19."""


class HealthCheckArgs(TypedDict):
    """How the load balancer asks its targets whether they are healthy. What is left out, the controller chooses."""

    protocol: NotRequired[HealthCheckProtocolValue]
    """The protocol of the check. By default TCP, or HTTP if `externalTrafficPolicy` is Local. Values: TCP, HTTP,
    HTTPS."""
    port: NotRequired[str]
    """A port of the node, or the name of one of the Service's ports, whose node port is asked. By default the node
    port of each port. If `externalTrafficPolicy` is Local, it is the one where kube-proxy says whether the node has a
    pod."""
    path: NotRequired[str]
    """The path that an HTTP check asks for. By default `/`, or `/healthz` if `externalTrafficPolicy` is Local."""
    success_codes: NotRequired[str]
    """The status codes of a healthy answer, like 200-399 or 200,204. 200-399 by default."""
    interval_seconds: NotRequired[int]
    """The time between two checks. 10 seconds by default."""
    timeout_seconds: NotRequired[int]
    """The time until a check without an answer has failed. By default 10 seconds, or 6 if `externalTrafficPolicy` is
    Local."""
    healthy_threshold: NotRequired[int]
    """How many good answers make a target healthy. By default 3, or 2 if `externalTrafficPolicy` is Local."""
    unhealthy_threshold: NotRequired[int]
    """How many failures make it unhealthy. By default 3, or 2 if `externalTrafficPolicy` is Local."""


class ServiceLoadBalancerArgs(TypedDict):
    """The network load balancer of a Service. It always has addresses of both families."""

    scheme: NotRequired[SchemeValue]
    """Whether the load balancer has public addresses. Internal by default: a public address is a decision. Values:
    internet-facing, internal. Default: internal."""
    source_ranges: NotRequired[list[str]]
    """Ranges that may reach it, in both families. By default all ranges that have a route, as everywhere in
    Kubernetes. Default: []."""
    preserve_client_ip: NotRequired[bool]
    """Whether nodes see the address of the client, not the load balancer's. By default only where pods see it too:
    with `externalTrafficPolicy: Local`, and with UDP, where AWS allows nothing else. A pod whose connection returns
    to its own node fails while it is on, because AWS drops packets whose source is their target."""
    health_check: NotRequired[HealthCheckArgs]
    """How it asks its targets whether they are healthy."""


class AddonsSpecArgs(TypedDict):
    """A cluster as its add-ons must know it."""

    region: str
    """The AWS region."""
    cluster: ClusterSectionArgs
    """The cluster itself."""
    nodes: NotRequired[NodesArgs]
    """What every machine has in common."""
    software: NotRequired[SoftwareArgs]
    """Where machines download what they run."""
    kubeadm: NotRequired[KubeadmArgs]
    """What is added to the documents that kubeadm reads."""
    pods: NotRequired[PodsArgs]
    """The addresses of pods."""
    services: NotRequired[ServicesArgs]
    """The addresses of Services."""
    control_plane: NotRequired[ControlPlaneSectionArgs]
    """The machines that run the API server and etcd."""
    encryption: NotRequired[EncryptionArgs]
    """How Secrets are encrypted in etcd."""
    oidc: NotRequired[OidcArgs]
    """People who log in with a token of an OpenID Connect issuer."""
    pod_security: NotRequired[PodSecurityArgs]
    """What pods may do in namespaces that say nothing of it."""
    service_account_issuer: NotRequired[ServiceAccountIssuerSectionArgs]
    """The issuer of pods' tokens. A control plane on its own needs a `ServiceAccountIssuer` of the same cluster."""
    addons: NotRequired[AddonsSectionArgs]
    """What is installed into the cluster."""


class ApiEndpointSpecArgs(TypedDict):
    """An endpoint on its own."""

    scheme: NotRequired[SchemeValue]
    """Whether the load balancer has public addresses. Internal by default: a public endpoint is a decision. Values:
    internet-facing, internal. Default: internal."""
    hosted_zone_id: NotRequired[pulumi.Input[str]]
    """The Route 53 zone that gets the records of `dnsName`."""
    dns_name: NotRequired[str]
    """A name for the API, with A and AAAA records in the hosted zone. By default the load balancer's own name."""
    ip_families: Sequence[FamilyValue]
    """IPv4 and IPv6, the primary first: the load balancer reaches API servers over the primary family. Values: IPv4,
    IPv6."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the load balancer. Default: false."""


class BackupsSpecArgs(TypedDict):
    """Backups on their own."""

    keep_days: NotRequired[int]
    """How many days a snapshot is kept. 30 by default: a mistake is often found weeks later, and a snapshot is small.
    Default: 30."""
    object_lock: NotRequired[ObjectLockValue]
    """Who may delete a snapshot before its days are over. `none` by default, so that a trial can be deleted. A lock
    cannot be taken off a bucket again, and with `compliance` nobody can delete a snapshot or its bucket before its
    time. Values: none, governance, compliance. Default: none."""
    region: str
    """The region of the bucket."""
    cluster_name: str
    """The cluster whose control planes make the snapshots."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket. On by default. Without it `destroy` deletes the bucket with every snapshot in it.
    Default: true."""


class CiRolesSpecArgs(TypedDict):
    """Roles of jobs on their own."""

    region: str
    """The region of the state's key."""
    bucket: str
    """The bucket with the states."""
    forge: NotRequired[ForgeValue]
    """The system that runs the jobs. Values: github, gitlab. Default: github."""
    host: NotRequired[str]
    """The host of a GitLab of your own. By default it is gitlab.com."""
    repository: str
    """The repository whose jobs get the roles. Forks of it do not."""
    branch: NotRequired[str]
    """The branch whose scheduled jobs may read. Default: main."""
    project_name: NotRequired[str]
    """The name of the Pulumi project in Pulumi.yaml, which is part of every state's path. Default: dualstack."""
    environments: Mapping[str, EnvironmentArgs]
    """The environments by name. Each is named as its stack and as the forge's environment of its jobs."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""


class ClusterSpecArgs(TypedDict):
    """A whole cluster."""

    region: str
    """The AWS region."""
    cluster: ClusterSectionArgs
    """The cluster itself."""
    nodes: NotRequired[NodesArgs]
    """What every machine has in common."""
    software: NotRequired[SoftwareArgs]
    """Where machines download what they run."""
    kubeadm: NotRequired[KubeadmArgs]
    """What is added to the documents that kubeadm reads."""
    pods: NotRequired[PodsArgs]
    """The addresses of pods."""
    services: NotRequired[ServicesArgs]
    """The addresses of Services."""
    control_plane: NotRequired[ControlPlaneSectionArgs]
    """The machines that run the API server and etcd."""
    encryption: NotRequired[EncryptionArgs]
    """How Secrets are encrypted in etcd."""
    oidc: NotRequired[OidcArgs]
    """People who log in with a token of an OpenID Connect issuer."""
    pod_security: NotRequired[PodSecurityArgs]
    """What pods may do in namespaces that say nothing of it."""
    service_account_issuer: NotRequired[ServiceAccountIssuerSectionArgs]
    """The issuer of pods' tokens. A control plane on its own needs a `ServiceAccountIssuer` of the same cluster."""
    addons: NotRequired[AddonsSectionArgs]
    """What is installed into the cluster."""
    network: NotRequired[NetworkSectionArgs]
    """The VPC that is made for the cluster. Either this or `existingNetwork` is required."""
    existing_network: NotRequired[ExistingNetworkArgs]
    """A VPC that exists already, in place of `network`."""
    api: ApiArgs
    """The API endpoint."""
    backups: NotRequired[BackupsSectionArgs]
    """Snapshots of etcd."""
    workers: NotRequired[Mapping[str, PoolArgs]]
    """Pools of workers by name. None by default: a control plane alone is a cluster."""


class ControlPlaneSpecArgs(TypedDict):
    """The control plane and the addresses that it assigns."""

    region: str
    """The AWS region."""
    cluster: ClusterSectionArgs
    """The cluster itself."""
    nodes: NotRequired[NodesArgs]
    """What every machine has in common."""
    software: NotRequired[SoftwareArgs]
    """Where machines download what they run."""
    kubeadm: NotRequired[KubeadmArgs]
    """What is added to the documents that kubeadm reads."""
    pods: NotRequired[PodsArgs]
    """The addresses of pods."""
    services: NotRequired[ServicesArgs]
    """The addresses of Services."""
    control_plane: NotRequired[ControlPlaneSectionArgs]
    """The machines that run the API server and etcd."""
    encryption: NotRequired[EncryptionArgs]
    """How Secrets are encrypted in etcd."""
    oidc: NotRequired[OidcArgs]
    """People who log in with a token of an OpenID Connect issuer."""
    pod_security: NotRequired[PodSecurityArgs]
    """What pods may do in namespaces that say nothing of it."""
    service_account_issuer: NotRequired[ServiceAccountIssuerSectionArgs]
    """The issuer of pods' tokens. A control plane on its own needs a `ServiceAccountIssuer` of the same cluster."""


class DualStackServiceSpecArgs(TypedDict):
    """A Service, in the terms of the newest Kubernetes."""

    name: str
    """The Service's name."""
    namespace: NotRequired[pulumi.Input[str]]
    """The Service's namespace. By default the one that the provider or kubectl uses."""
    kubernetes_version: str
    """The Kubernetes version of the cluster. For example 1.37 or 1.37.2."""
    type: NotRequired[ServiceTypeValue]
    """How the Service is reached. A Headless Service has no address: its name resolves to those of its pods. Values:
    ClusterIP, Headless, NodePort, LoadBalancer, ExternalName. Default: ClusterIP."""
    ip_families: NotRequired[Sequence[FamilyValue]]
    """One family, or both with the primary first. By default the cluster's own order. Values: IPv4, IPv6."""
    ip_family_policy: NotRequired[FamilyPolicyValue]
    """The family policy. By default SingleStack for one family, RequireDualStack for two, and PreferDualStack if
    `ipFamilies` is not set. Values: SingleStack, PreferDualStack, RequireDualStack."""
    selector: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Labels of its pods. A Service without a selector has only the endpoints of EndpointSlices that others write.
    Default: {}."""
    ports: NotRequired[Sequence[ServicePortArgs]]
    """Its ports. Only a Headless or an ExternalName Service can have none."""
    external_name: NotRequired[pulumi.Input[str]]
    """The DNS name that a Service of type ExternalName is an alias of."""
    cluster_ips: NotRequired[list[str]]
    """Fixed addresses inside the cluster, at most one of each family, the primary's first. By default the API server
    assigns them, so that no two Services conflict. Default: []."""
    external_ips: NotRequired[list[str]]
    """Addresses that nodes take for the Service's, if packets to them reach a node. Nothing on AWS sends them, so a
    route of your own is needed. Kubernetes warns of the field from 1.36. Default: []."""
    external_traffic_policy: NotRequired[TrafficPolicyValue]
    """Where traffic from outside goes, for the types NodePort and LoadBalancer. Cluster, Kubernetes' default, sends
    it to any pod, which sees a node as its client. Local keeps it on the node, so that pods see the client; nodes
    without a pod of the Service get none. Values: Cluster, Local."""
    internal_traffic_policy: NotRequired[TrafficPolicyValue]
    """Where traffic of pods goes: to any pod (Cluster, Kubernetes' default), or to pods of the client's node (Local),
    or nowhere if there is none. From 1.22. Values: Cluster, Local."""
    traffic_distribution: NotRequired[TrafficDistributionValue]
    """Which pods are preferred, seen from the client; others still serve if there is none. By default all are equal.
    PreferClose is the older name of PreferSameZone. From 1.31; PreferSameZone and PreferSameNode from 1.34. Values:
    PreferClose, PreferSameZone, PreferSameNode."""
    session_affinity: NotRequired[SessionAffinityValue]
    """ClientIP sends all connections of one client address to one pod. None, Kubernetes' default, sends each
    anywhere. Values: None, ClientIP."""
    session_timeout_seconds: NotRequired[int]
    """How long a client is remembered after its last connection, with `sessionAffinity: ClientIP`. Three hours by
    default."""
    publish_not_ready_addresses: NotRequired[bool]
    """Whether pods belong to the Service before they are ready, as members of a cluster that look for each other
    need. Off by default: clients would reach pods that do not serve yet. Default: false."""
    node_port_range: NotRequired[str]
    """The node ports of the cluster, as its `services.nodePorts` says. Default: 30000-32767."""
    health_check_node_port: NotRequired[int]
    """The port on which nodes tell a load balancer whether they have a pod, for `externalTrafficPolicy: Local`. By
    default the API server assigns one."""
    allocate_load_balancer_node_ports: NotRequired[bool]
    """Whether the ports of a load balancer get node ports. On by default: AWS's load balancers reach pods by them.
    From 1.22."""
    load_balancer_class: NotRequired[str]
    """Which controller makes the load balancer. By default the AWS Load Balancer Controller, as annotations say. With
    another class none of its annotations are written. It cannot be changed later. From 1.22."""
    load_balancer: NotRequired[ServiceLoadBalancerArgs]
    """Settings of the load balancer, for a Service of type LoadBalancer."""
    labels: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Its labels. Default: {}."""
    annotations: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Its annotations, beside those for the load balancer. Default: {}."""


class FirewallSpecArgs(TypedDict):
    """A firewall on its own."""

    allowed_cidrs: list[str]
    """Ranges that may reach the API: at least one of each family. Machines of the cluster always may."""
    vpc_ipv4_range: pulumi.Input[str]
    """The IPv4 range of the VPC."""
    further_vpc_ranges: NotRequired[list[str]]
    """Further IPv4 ranges of the VPC, to which node ports are open too. None by default."""
    cluster_name: str
    """The cluster whose machines the groups are for."""
    cni: CniValue
    """The network plugin, whose ports are opened between machines. Values: calico, cilium, flannel, kubenet, none."""
    ports_from_nodes: NotRequired[Sequence[OpenPortsArgs]]
    """Further ports of control planes that every node may reach. None by default."""
    node_ports: NotRequired[str]
    """The ports of Services on every node, which are open to the VPC. Default: 30000-32767."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""


class IdentitySpecArgs(TypedDict):
    """An identity on its own."""

    cluster_name: str
    """The cluster."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the keys and certificate authorities. Default: false."""
    encryption_key: NotRequired[int]
    """The number of the key that encrypts Secrets in etcd: `encryption.key` of its control planes. Those before it
    are kept. Default: 1."""
    service_account_key: NotRequired[int]
    """The number of the key that signs the tokens of ServiceAccounts: `serviceAccountIssuer.key` of its control
    planes. Those before it are kept. Default: 1."""
    reader: NotRequired[bool]
    """Whether there is a kubeconfig that only reads. Its group has no rights before something binds it. Default:
    false."""


class NetworkSpecArgs(TypedDict):
    """A network on its own."""

    ipv4_range: NotRequired[str]
    """The IPv4 range of the VPC, a /16 to a /20. A /16 is the most that a VPC can have. Default: 10.0.0.0/16."""
    further_ipv4_ranges: NotRequired[list[str]]
    """Up to four further IPv4 ranges of the VPC, each a /16 to a /28. Security groups that admit the VPC admit them
    too. No subnet of machines is in them."""
    subnets: NotRequired[SubnetsArgs]
    """The sizes of subnets."""
    tiers: NotRequired[Mapping[str, TierArgs]]
    """Further subnets in each zone, by the name of their tier, like those of databases. The cluster puts nothing
    there."""
    ipv6: NotRequired[Ipv6Args]
    """Where the VPC's IPv6 range comes from."""
    zones: list[str]
    """One to six availability zones of the region. Each gets a public and a private subnet."""
    nat: NotRequired[NatValue]
    """NAT gateways for IPv4 egress. One in each zone by default: a zone that fails takes no other's egress with it.
    Values: perZone, single, transit, none. Default: perZone."""
    transit: NotRequired[TransitArgs]
    """The transit gateway in place of NAT gateways, with `nat: transit`."""
    endpoints: NotRequired[EndpointsArgs]
    """Private connections from the VPC to AWS services."""
    flow_logs: NotRequired[FlowLogsArgs]
    """A record of the VPC's traffic."""
    cluster_name: NotRequired[str]
    """The cluster whose controllers may use the subnets; its name goes into their tags."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the VPC. Default: false."""


class PodRoleSpecArgs(TypedDict):
    """A role of pods on its own."""

    namespace: str
    """The namespace of the pods."""
    service_account: str
    """The ServiceAccount of the pods. All who may make a pod with it have the role."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the role. Default: {}."""


class ProgramsSpecArgs(TypedDict):
    """Programs of machines on their own."""

    cluster_name: str
    """The cluster."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""


class RolesSpecArgs(TypedDict):
    """Roles on their own."""

    region: str
    """The AWS region, from which the partition and the ARNs follow."""
    cluster_name: str
    """The cluster."""
    cloud_provider: NotRequired[CloudProviderValue]
    """Whether AWS's cloud controller manager uses the control planes' role: `external` grants its permissions.
    Values: external, none. Default: external."""
    load_balancer_controller: NotRequired[bool]
    """Whether the AWS Load Balancer Controller uses the control planes' role. Default: false."""
    ebs_csi: NotRequired[bool]
    """Whether the EBS CSI driver's controller uses the control planes' role. Default: false."""
    cluster_autoscaler: NotRequired[bool]
    """Whether the cluster autoscaler uses the control planes' role. Default: false."""
    session_manager: NotRequired[bool]
    """Whether people may open sessions on the machines with Session Manager. Default: true."""
    image_repository: NotRequired[str]
    """The repository of images. If it is in ECR, machines may pull every image of its registry."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""


class ServiceAccountIssuerSpecArgs(TypedDict):
    """An issuer on its own."""

    cluster_name: str
    """The cluster."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket: its name is in every token, and a new bucket has another. Default: false."""


class StateBackendSpecArgs(TypedDict):
    """A backend on its own."""

    region: str
    """The region of the bucket and the key."""
    bucket: str
    """The bucket's name, which no other account may have."""
    version_days: NotRequired[int]
    """How many days a replaced or deleted state stays readable. A year by default: drift is often found late.
    Default: 365."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource. Default: {}."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket and the key. On by default: without the key no state can be decrypted. Default:
    true."""


class WorkerPoolSpecArgs(TypedDict):
    """One pool of workers, of a cluster that may have been made elsewhere."""

    region: str
    """The AWS region."""
    cluster: ClusterSectionArgs
    """The cluster itself."""
    nodes: NotRequired[NodesArgs]
    """What every machine has in common."""
    software: NotRequired[SoftwareArgs]
    """Where machines download what they run."""
    kubeadm: NotRequired[KubeadmArgs]
    """What is added to the documents that kubeadm reads."""
    pool_name: str
    """The pool's name within the cluster."""
    pool: NotRequired[PoolArgs]
    """The pool."""
