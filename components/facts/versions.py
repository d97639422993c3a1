"""What changes between Kubernetes minors: one row each, and the rules that derive the rest from its number.

Each border says why it is where it is. `#N` is a pull request of kubernetes/kubernetes; "run" means that the kubeadm of
the minor was built and asked. A minor is added as `docs/adding-a-minor.md` says.
"""

from dataclasses import dataclass
from enum import StrEnum

from .choices import CloudProvider, Cni, ProxyMode

TWO_FAMILY_SERVICES = 20
"""The first minor whose Services have `ipFamilyPolicy` and `ipFamilies`; before, one `ipFamily` (#91824)."""

DUAL_STACK_GATE = "IPv6DualStack"
"""The feature gate of dual-stack, in every component and in kubeadm."""


CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OLD_CONTROL_PLANE = "node-role.kubernetes.io/master"
"""The key by which kubeadm labels and taints control planes, and the key that it had before."""


class Runtime(StrEnum):
    """What runs containers on a node."""

    CONTAINERD = "containerd"
    DOCKER = "docker"


class NodeIp(StrEnum):
    """What a kubelet is told of its addresses by `node-ip`."""

    PAIR = "both addresses, the primary family's first"
    PRIMARY = "the address of the primary family"
    PRIMARY_UNSPECIFIED = "`::` when IPv6 is primary, else nothing"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Minor:
    """A Kubernetes minor."""

    minor: int
    patch: str
    """The patch installed when a configuration names the minor alone: the last one that was run."""
    etcd: str
    pause: str
    coredns: str
    """Image tags that kubeadm of this patch pulls (`kubeadm config images list`, run). etcd moved in late patches."""

    @property
    def name(self) -> str:
        """As people write it: 1.37."""
        return f"1.{self.minor}"

    # the documents

    @property
    def api_version(self) -> str:
        """The version of kubeadm's API that it accepts without a warning.

        v1beta3 is read from 1.22 (#101129), v1beta4 from 1.31 (#125029). Each would also be read a while longer, with a
        warning, and then refused: v1beta2 from 1.27 (#114540), v1beta3 from 1.37 (#136016).
        """
        if self.minor >= 31:
            return "kubeadm.k8s.io/v1beta4"
        return "kubeadm.k8s.io/v1beta3" if self.minor >= 22 else "kubeadm.k8s.io/v1beta2"

    @property
    def lists_arguments(self) -> bool:
        """Whether extra arguments are a list of names and values, as in v1beta4, or a map. The wrong shape is an error."""
        return self.minor >= 31

    @property
    def reads_patches(self) -> bool:
        """Whether a document can name a directory of patches: since v1beta3."""
        return self.minor >= 22

    # dual-stack

    @property
    def writes_gate(self) -> bool:
        """Whether the gate must be written: alpha and off through 1.20, on by default from 1.21 (#98969)."""
        return self.minor <= 20

    @property
    def joins_with_gate(self) -> bool:
        """Whether a joining kubelet is given the gate as a flag.

        From 1.19 it finds the gate in the configuration it downloads (#90840); before, each node is told (#80531).
        """
        return self.minor <= 18

    @property
    def kubeadm_knows_gate(self) -> bool:
        """Whether kubeadm knows a gate for dual-stack. From 1.24 the name is an error (#106648)."""
        return self.minor <= 23

    @property
    def components_know_gate(self) -> bool:
        """Whether the components know it. From 1.25 the name stops their start (#109435)."""
        return self.minor <= 24

    @property
    def services_have_two_families(self) -> bool:
        """Whether a Service may have both: `ipFamily` gave way to `ipFamilyPolicy` and `ipFamilies` in 1.20 (#91824)."""
        return self.minor >= TWO_FAMILY_SERVICES

    @property
    def reads_service_ranges(self) -> bool:
        """Whether `serviceSubnet` may hold two ranges: since 1.17 (#82473).

        In 1.16 it holds the primary family's, and both reach the API server and the controller manager as arguments.
        """
        return self.minor >= 17

    @property
    def has_family_node_masks(self) -> bool:
        """Whether each family has a node mask of its own: since 1.17 (#79993). 1.16 has one for both."""
        return self.minor >= 17

    @property
    def node_mask_ipv4(self) -> int:
        """A node's share of the IPv4 pod range: room for the 110 pods a kubelet runs."""
        return 24

    @property
    def node_mask_ipv6(self) -> int:
        """A node's share of the IPv6 pod range, as the controller manager has it without a flag.

        It is written all the same: 1.18 and 1.19 write a mask that follows from the range (/56 gives 72), the others none.
        """
        return 64 if self.has_family_node_masks else self.node_mask_ipv4

    @property
    def kubeadm_checks_sizes(self) -> bool:
        """Whether kubeadm refuses ranges that are too wide or too narrow: since 1.20 (#95723, run).

        Before, the API server and the controller manager stop at most of them, after kubeadm has started them.
        """
        return self.minor >= 20

    def node_ip(self, provider: CloudProvider) -> NodeIp:
        """What a kubelet is told of its addresses.

        Alone it takes a pair from 1.20 (#95239). Beside a cloud provider a pair stops it up to 1.26, needs the alpha gate
        CloudDualStackNodeIPs in 1.27 and 1.28, and is fine from 1.29 (KEP-3705). Until then a single address would make
        the node single-stack, so the provider names both; from 1.18 (#85850) `::` alone asks for pods' IPv6 first, which a
        kubelet that knows no address of its own puts second.
        """
        if provider is CloudProvider.NONE:
            return NodeIp.PAIR if self.minor >= 20 else NodeIp.PRIMARY
        if self.minor >= 29:
            return NodeIp.PAIR
        return NodeIp.PRIMARY_UNSPECIFIED if self.minor >= 18 else NodeIp.NOTHING

    @property
    def proxy_modes(self) -> tuple[ProxyMode, ...]:
        """How kube-proxy can do both families, what we write first.

        Through 1.17 only ipvs does; iptables from 1.18 (#82462). nftables is alpha and off in 1.29 and 1.30, on from 1.31
        and stable from 1.33. From 1.35 ipvs is deprecated (#134539), and kubeadm 1.37 warns of it (#139067). A mode is
        always written: 1.37 warns when it is not (#139957), and the default will change.
        """
        if self.minor <= 17:
            return (ProxyMode.IPVS,)
        if self.minor <= 30:
            return (ProxyMode.IPTABLES, ProxyMode.IPVS)
        if self.minor <= 36:
            return (ProxyMode.IPTABLES, ProxyMode.IPVS, ProxyMode.NFTABLES)
        return (ProxyMode.IPTABLES, ProxyMode.NFTABLES)

    # the node

    @property
    def has_kubenet(self) -> bool:
        """Whether the kubelet has kubenet: it went with dockershim in 1.24 (#106907)."""
        return self.minor <= 23

    def runtime(self, cni: Cni) -> Runtime:
        """What runs containers: kubenet is a part of dockershim, so it comes with Docker; all else with containerd."""
        return Runtime.DOCKER if cni is Cni.KUBENET else Runtime.CONTAINERD

    def cri_socket(self, cni: Cni) -> str:
        """Where the runtime listens. A path without a scheme is warned of from 1.24 (#107295); dockershim ended before."""
        if self.runtime(cni) is Runtime.DOCKER:
            return "/var/run/dockershim.sock"
        return "unix:///run/containerd/containerd.sock"

    @property
    def cgroup_driver(self) -> str:
        """Who keeps cgroups: systemd, as it does for all else on the machine.

        The kubelet's own default is cgroupfs; kubeadm writes systemd itself from 1.21 for `init`, from 1.22 for `join`.
        """
        return "systemd"

    @property
    def control_plane_labels(self) -> tuple[str, ...]:
        """What kubeadm labels control planes with: a second name from 1.20 (#95382), the first gone in 1.24 (#107533)."""
        if self.minor <= 19:
            return (OLD_CONTROL_PLANE,)
        return (OLD_CONTROL_PLANE, CONTROL_PLANE) if self.minor <= 23 else (CONTROL_PLANE,)

    @property
    def control_plane_taints(self) -> tuple[str, ...]:
        """What it taints them with: both names in 1.24 (#107533), the old one gone in 1.25 (#110095)."""
        if self.minor <= 23:
            return (OLD_CONTROL_PLANE,)
        return (OLD_CONTROL_PLANE, CONTROL_PLANE) if self.minor == 24 else (CONTROL_PLANE,)

    @property
    def registry(self) -> str:
        """Where kubeadm of this patch pulls from by default. The late patches of 1.22 to 1.24 moved too (run)."""
        return "registry.k8s.io" if self.minor >= 22 else "k8s.gcr.io"

    @property
    def ubuntu(self) -> str:
        """The image's Ubuntu LTS.

        20.04 starts with cgroup v1, which the kubelets and Docker of old expect; 24.04 has v2 alone, which kubelets
        support from 1.25 (KEP-2254) and ask for from 1.35 (#134298).
        """
        return "24.04" if self.minor >= 25 else "20.04"

    # what is installed beside kubeadm and the kubelet: in November 2026 each release but Docker was found among its project's tags

    @property
    def containerd(self) -> str:
        """github.com/containerd/containerd, a release.

        Kubelets before 1.26 may ask for CRI v1alpha2 (#110618), which containerd 2 no longer has. 1.7.27 is the last whose
        binaries run on the glibc of Ubuntu 20.04. 2.3 is supported to April 2028.
        """
        return "2.3.4" if self.minor >= 26 else "1.7.27"

    @property
    def runc(self) -> str:
        """github.com/opencontainers/runc, a release: of the line that this containerd is tested with."""
        return "1.4.3" if self.minor >= 26 else "1.2.8"

    @property
    def cni_plugins(self) -> str:
        """github.com/containernetworking/plugins, a release. It still speaks CNI 0.1.0, which kubenet does."""
        return "1.9.1"

    @property
    def crictl(self) -> str:
        """github.com/kubernetes-sigs/cri-tools, a release: there is one for each minor."""
        return f"1.{self.minor}.0"

    @property
    def docker(self) -> str | None:
        """The static build of Docker for kubenet: the last patch of what kubeadm of the minor has validated.

        20.10 from 1.21 (k8s.io/system-validators 1.4), 19.03 from 1.17, 18.09 before.
        """
        if not self.has_kubenet:
            return None
        if self.minor >= 21:
            return "20.10.17"
        return "19.03.15" if self.minor >= 17 else "18.09.9"


MINORS = {
    row.minor: row
    for row in (
        Minor(16, "1.16.15", etcd="3.3.15-0", pause="3.1", coredns="1.6.2"),
        Minor(17, "1.17.17", etcd="3.4.3-0", pause="3.1", coredns="1.6.5"),
        Minor(18, "1.18.19", etcd="3.4.3-0", pause="3.2", coredns="1.6.7"),
        Minor(19, "1.19.16", etcd="3.4.13-0", pause="3.2", coredns="1.7.0"),
        Minor(20, "1.20.15", etcd="3.4.13-0", pause="3.2", coredns="1.7.0"),
        Minor(21, "1.21.14", etcd="3.4.13-0", pause="3.4.1", coredns="v1.8.0"),
        Minor(22, "1.22.17", etcd="3.5.6-0", pause="3.5", coredns="v1.8.4"),
        Minor(23, "1.23.17", etcd="3.5.6-0", pause="3.6", coredns="v1.8.6"),
        Minor(24, "1.24.17", etcd="3.5.6-0", pause="3.7", coredns="v1.8.6"),
        Minor(25, "1.25.16", etcd="3.5.9-0", pause="3.8", coredns="v1.9.3"),
        Minor(26, "1.26.15", etcd="3.5.10-0", pause="3.9", coredns="v1.9.3"),
        Minor(27, "1.27.16", etcd="3.5.12-0", pause="3.9", coredns="v1.10.1"),
        Minor(28, "1.28.15", etcd="3.5.15-0", pause="3.9", coredns="v1.10.1"),
        Minor(29, "1.29.15", etcd="3.5.16-0", pause="3.9", coredns="v1.11.1"),
        Minor(30, "1.30.14", etcd="3.5.15-0", pause="3.9", coredns="v1.11.3"),
        Minor(31, "1.31.14", etcd="3.5.24-0", pause="3.10", coredns="v1.11.3"),
        Minor(32, "1.32.13", etcd="3.5.24-0", pause="3.10", coredns="v1.11.3"),
        Minor(33, "1.33.13", etcd="3.5.24-0", pause="3.10", coredns="v1.12.0"),
        Minor(34, "1.34.12", etcd="3.6.5-0", pause="3.10.1", coredns="v1.12.1"),
        Minor(35, "1.35.8", etcd="3.6.6-0", pause="3.10.1", coredns="v1.13.1"),
        Minor(36, "1.36.5", etcd="3.6.8-0", pause="3.10.2", coredns="v1.14.2"),
        Minor(37, "1.37.2", etcd="3.7.0-0", pause="3.10.2", coredns="v1.14.6"),
    )
}
"""Every minor with dual-stack, from the first."""

OLDEST = min(MINORS)
"""The first minor with dual-stack."""

NEWEST = max(MINORS)
"""The newest minor we know."""


def minor_of(version: str) -> Minor:
    """The row of a version like 1.37 or 1.37.2."""
    return MINORS[int(version.split(".")[1])]


def patch_of(version: str) -> str:
    """The exact version: as given, or the patch of the row when only the minor is named."""
    return version if version.count(".") == 2 else minor_of(version).patch
