"""What a configuration says of machines: control plane, pools, image, software, and kubeadm's documents."""

from typing import Annotated

from pydantic import Field

from .fields import (
    Arguments,
    CertificateName,
    ControlPlaneCount,
    DiskGib,
    Image,
    ImageRepository,
    KeyName,
    PoolMax,
    PoolMin,
    ProxyMode,
    TaintEffect,
    Url,
    ZoneNames,
    distinct,
)
from .instance_types import Architecture, ControlPlaneType, InstanceTypes, describe
from .labels import LabelValue, NodeLabels, TaintKey
from .sections import Section
from .yaml_texts import AuditPolicy, Patch


class ControlPlaneSection(Section):
    """The machines that run the API server and etcd."""

    count: ControlPlaneCount = 3
    """Three by default: etcd survives the loss of one."""
    instance_type: ControlPlaneType = "t3.medium"
    """Two CPUs and 4 GiB: what a small cluster's API server and etcd need."""
    disk_gib: DiskGib = 40


class TaintSection(Section):
    """A taint that nodes of a pool register with."""

    key: TaintKey = Field(description="name the taint, like dedicated")
    value: LabelValue = ""
    effect: TaintEffect = Field(description="choose NoSchedule, PreferNoSchedule or NoExecute")


class PoolSection(Section):
    """A pool of workers."""

    instance_types: InstanceTypes = Field(
        default=["m6i.large"], description="name at least one instance type"
    )
    """In order of preference. Several of one architecture let spot pools find capacity."""
    min: PoolMin = 1
    max: PoolMax = 3
    disk_gib: DiskGib = 80
    """Images and logs of a full node; 80 GiB by default."""
    labels: NodeLabels = {}
    taints: list[TaintSection] = []
    spot: bool = False
    zones: ZoneNames | None = None
    """The network's zones by default."""

    @property
    def architecture(self) -> Architecture:
        """The processor its machines share."""
        return describe(self.instance_types[0]).architecture


class NodesSection(Section):
    """What every machine has in common."""

    image: Image = "ubuntu"
    """Ubuntu LTS by default, looked up by Canonical's public SSM parameter when a machine is first made."""
    session_manager: bool = True
    """Shell access by Session Manager: no open port, no key, every session on record."""
    ssh_key_name: KeyName | None = None


class SoftwareSection(Section):
    """Where machines get what they run."""

    release_server: Url | None = None
    """A mirror with the upstream paths. The upstream sites by default."""
    image_repository: ImageRepository | None = None
    """Where kubeadm pulls the control plane's images. Its own default by default."""
    chart_repository: Url | None = None
    """A Helm repository with the charts of all add-ons. Their makers' own by default."""
    prebaked: bool = False
    """The image already holds containerd, runc, the CNI plugins, kubelet and kubeadm; nothing is downloaded."""


class KubeadmSection(Section):
    """What is added to the documents kubeadm reads; what would break dual-stack is refused."""

    api_server_args: Arguments = {}
    controller_manager_args: Arguments = {}
    scheduler_args: Arguments = {}
    etcd_args: Arguments = {}
    kubelet_args: Arguments = {}
    feature_gates: dict[str, bool] = {}
    """kubeadm's own gates. A component's go into its `feature-gates` argument."""
    cert_sans: Annotated[list[CertificateName], distinct("name")] = []
    """More names and addresses for the API server's certificate."""
    patches: dict[str, Patch] = {}
    """Files for kubeadm's patches directory, by name."""
    audit_policy: AuditPolicy | None = None
    """An audit policy, as YAML; the API server then writes /var/log/kubernetes/audit.log."""
    proxy_mode: ProxyMode | None = None
    """How kube-proxy works. By default the mode that does both families in this minor."""
