"""What a configuration says of machines: control plane, pools, image, software, and kubeadm's documents."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ..config.forms import distinct
from ..config.section import Section
from ..config.wording import short, shown
from ..facts.choices import TaintEffect
from ..facts.instance_types import Architecture, describe
from .labels import LabelValue, NodeLabels, TaintKey
from .values import (
    ControlPlaneCount,
    DiskGib,
    Image,
    ImageRepository,
    KeyName,
    PoolMax,
    PoolMin,
    Url,
    ZoneNames,
)


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
"""What a pool may be made of; 40 are the most an Auto Scaling group takes."""


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
