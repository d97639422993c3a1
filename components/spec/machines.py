"""The machines of a cluster: control plane, pools, image and software."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ..config.forms import Whole, distinct
from ..config.section import Section, ask
from ..config.wording import short, shown
from ..facts.choices import ImageFamily, Protocol, TaintEffect
from ..facts.instance_types import Architecture, describe
from .additions import Additions
from .hardware import Hardware, KmsKeyArn
from .hosts import ImageRepository, MirrorUrl, Url
from .kubelet import KubeletSection
from .labels import LabelValue, NodeLabels, TaintKey
from .proxies import DirectNames, ProxyUrl
from .rollout import RolloutSection
from .values import (
    ControlPlaneCount,
    DiskGib,
    DiskIops,
    DiskThroughput,
    HopLimit,
    Image,
    KeyName,
    PoolMax,
    PoolMin,
    Port,
    ZoneNames,
)

MOST_OPEN_PORTS = 16
"""The most entries of open ports. Each is two rules, and a security group has room for 60 in each family.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""


def _dual_stack(name: str) -> str:
    try:
        described = describe(name)
    except ValueError:
        raise ValueError(
            f"{shown(name)} is not an instance type; write one like m6i.large"
        ) from None
    if described.family.startswith("mac"):
        raise ValueError(f"{short(name)} runs macOS alone; choose a type like m6i.large")
    if not described.nitro:
        raise ValueError(
            f"{short(name)} does not run on Nitro, so it cannot hold a primary IPv6 address; "
            f"choose a newer type like {'t3' if described.family.startswith('t') else 'm6i'}.large"
        )
    return name


def _two_cpus(name: str) -> str:
    described = describe(name)
    if not described.holds_control_plane:
        larger = "t4g.medium" if described.architecture is Architecture.ARM64 else "t3.medium"
        raise ValueError(
            f"{short(name)} lacks the 2 CPUs or the 1700 MB that kubeadm asks of a control plane; "
            f"choose a larger type like {larger}"
        )
    return name


NitroType = Annotated[str, AfterValidator(_dual_stack)]
"""An instance type that can hold a dual-stack node."""

ControlPlaneType = Annotated[NitroType, AfterValidator(_two_cpus)]
"""An instance type that can hold a control plane."""

InstanceTypes = Annotated[
    list[NitroType], Field(min_length=1, max_length=40), distinct("instance type")
]
"""The instance types of a pool. An Auto Scaling group accepts at most 40."""


class OpenPortsSection(Section):
    """A port, or a range of ports, in the words of a NetworkPolicy."""

    port: Port = ask("choose a port, like 9100")
    """The port, or the first of a range."""
    end_port: Port | None = None
    """The last port of a range. By default the range is `port` alone."""
    protocol: Protocol = Protocol.TCP
    """The protocol."""

    @property
    def last(self) -> int:
        """The last port."""
        return self.end_port or self.port


OpenPorts = Annotated[list[OpenPortsSection], Field(max_length=MOST_OPEN_PORTS)]
"""Ports to open."""


GraceSeconds = Annotated[Whole, Field(ge=0, le=600)]


class ControlPlaneSection(Hardware):
    """The machines that run the API server and etcd."""

    count: ControlPlaneCount = 3
    """How many machines: 1, 3 or 5. With three, etcd survives the loss of one."""
    instance_type: ControlPlaneType = "t3.medium"
    """The instance type: kubeadm requires two CPUs and 1700 MB. Two CPUs and 4 GiB suffice for a small cluster."""
    disk_gib: DiskGib = 40
    """The size of the root disk, in GiB."""
    disk_iops: DiskIops | None = None
    """The operations a second of the root disk, on which etcd writes. 3000 by default, as gp3 has them without a surcharge."""
    disk_throughput: DiskThroughput | None = None
    """The throughput of the root disk, in MiB a second. 125 by default."""
    kubelet: KubeletSection = KubeletSection()
    """The limits of its kubelets."""
    ports_from_nodes: OpenPorts = []
    """Further ports of control planes that every node may reach, such as 9100 for Prometheus and its node exporter. Pods in
    the host's network of a worker can be reached on every port without this. None by default: workers run other people's
    programs, and need none of the control planes' other ports."""
    metadata_hop_limit: HopLimit | None = None
    """How many hops away instance metadata answers: 1 reaches the machine and pods in its network, 2 every pod on it.
    With 2 a pod has the role that reads the cluster's keys. The default is 1. It is 2 only while `addons.loadBalancerController`
    or `addons.ebsCsi` is on, and `serviceAccountIssuer` is off: their controllers then use that role."""


class TaintSection(Section):
    """A taint that nodes of a pool register with."""

    key: TaintKey = ask("name the taint, like dedicated")
    """The taint's key, like `dedicated`."""
    value: LabelValue = ""
    """The taint's value."""
    effect: TaintEffect = ask("choose NoSchedule, PreferNoSchedule or NoExecute")
    """The effect on pods that do not tolerate the taint."""


class PoolSection(Hardware):
    """A pool of workers."""

    instance_types: InstanceTypes = ask("name at least one instance type", default=["m6i.large"])
    """Instance types of one architecture, in order of preference. Several let a spot pool find capacity."""
    min: PoolMin = 1
    """The least number of machines."""
    max: PoolMax = 3
    """The greatest number of machines."""
    disk_gib: DiskGib = 80
    """The size of the root disk, in GiB. The default holds the images and logs of a full node."""
    disk_iops: DiskIops | None = None
    """The operations a second of the root disk. 3000 by default, as gp3 has them without a surcharge."""
    disk_throughput: DiskThroughput | None = None
    """The throughput of the root disk, in MiB a second. 125 by default."""
    detailed_monitoring: bool = False
    """Metrics of its machines each minute, which AWS bills. Every five minutes by default."""
    labels: NodeLabels = {}
    """Labels that its nodes register with."""
    taints: list[TaintSection] = []
    """Taints that its nodes register with."""
    spot: bool = False
    """Use spot capacity, which AWS may take back after a notice of two minutes."""
    zones: ZoneNames | None = None
    """The zones that the pool uses, some of the network's. All of them by default."""
    kubelet: KubeletSection = KubeletSection()
    """The limits of its kubelets."""
    rollout: RolloutSection = RolloutSection()
    """How its machines are replaced."""

    @property
    def architecture(self) -> Architecture:
        """The processor architecture that its machines share."""
        return describe(self.instance_types[0]).architecture


class NodesSection(Additions):
    """What every machine has in common."""

    image: Image = "ubuntu"
    """An AMI id; or `ubuntu`, the Ubuntu LTS that fits the minor; or `amazon-linux-2023`, from 1.25 on. The two names
    are looked up in public SSM parameters when a machine is first created."""
    newest_image: bool = False
    """Move pools and control planes to the newest image at each `up`: their machines are replaced in order when there is
    one. Off by default: a pool and a control plane keep the image that was the newest when they were made. Only with an
    image by name."""
    image_family: ImageFamily | None = None
    """The distribution of an AMI that is named by its id. Ubuntu by default."""
    session_manager: bool = True
    """Shell access by Session Manager: it needs no open port and no key, and records every session."""
    ssh_key_name: KeyName | None = None
    """An EC2 key pair for SSH. None by default."""
    disk_kms_key_arn: KmsKeyArn | None = None
    """The KMS key that encrypts every disk of machines. By default the account's own for EBS. It may be an output of
    another resource or stack."""
    shutdown_grace_seconds: GraceSeconds = 60
    """The time that pods get to end when a machine shuts down, in seconds. 60 by default: AWS announces no longer time
    that is certain. 0 turns it off. From 1.21 on."""
    shutdown_critical_seconds: GraceSeconds = 20
    """The part of that time which is kept for critical pods, in seconds: they end last. The control plane is such pods."""

    @property
    def looks_up(self) -> bool:
        """Whether the image is looked up in SSM. Its id then changes with each release, but only new machines use the newer one."""
        return self.image in [*ImageFamily]

    @property
    def family(self) -> ImageFamily:
        """The distribution of the image."""
        if self.looks_up:
            return ImageFamily(self.image)
        return self.image_family or ImageFamily.UBUNTU

    @property
    def template_suffix(self) -> str:
        """The end of a launch template's name. Another family's template is another template: it has no earlier image to keep."""
        return "" if self.family is ImageFamily.UBUNTU else f"-{self.family}"


class SoftwareSection(Section):
    """Where machines download what they run."""

    release_server: MirrorUrl | None = None
    """A mirror of the release files, with the upstream paths. The upstream sites by default."""
    image_repository: ImageRepository | None = None
    """The repository of the control plane's and the add-ons' images. By default kubeadm's own and the add-ons' own."""
    chart_repository: Url | None = None
    """A Helm repository with the charts of all add-ons. By default the repositories of their makers."""
    prebaked: bool = False
    """The image already holds containerd, runc, the CNI plugins, kubelet and kubeadm; machines download nothing."""
    package_mirror: MirrorUrl | None = None
    """A mirror of Ubuntu's archive, for the packages that kubeadm calls and the image lacks. With Amazon Linux, a copy of
    its repository, as `dnf reposync` makes it for one architecture; `$basearch` stands for that of each machine. By default
    the image's own."""
    proxy: ProxyUrl | None = None
    """A proxy for everything that machines ask of the internet, such as http://proxy.example.com:3128. None by default.
    Pods do not get it."""
    no_proxy: DirectNames = []
    """Names, addresses and ranges that machines reach without the proxy, beside those that follow from the cluster: its
    ranges, its API, the VPC and its endpoints."""
