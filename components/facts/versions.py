"""The differences between Kubernetes minors: one row each, and properties that derive the rest from the row's number.

Each property gives the reason for each border. `#N` is a pull request of kubernetes/kubernetes. "run" means that the
kubeadm of the minor was built and run. `docs/adding-a-minor.md` says how to add a minor.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from .choices import CloudProvider, Cni, KeyAlgorithm, ProxyMode

TWO_FAMILY_SERVICES = 20
"""The first minor whose Services have `ipFamilyPolicy` and `ipFamilies`. Before, they have one `ipFamily` (#91824)."""

LEARNER_GATE = "EtcdLearnerMode"
"""kubeadm's gate for members that join etcd as learners: known from 1.27 to 1.32, and always on afterwards."""

DUAL_STACK_GATE = "IPv6DualStack"
"""The feature gate of dual-stack: it has this name in every component and in kubeadm."""


CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OLD_CONTROL_PLANE = "node-role.kubernetes.io/master"
"""The keys with which kubeadm labels and taints control planes: the present one, and the one before."""


class Runtime(StrEnum):
    """The program that runs containers on a node."""

    CONTAINERD = "containerd"
    DOCKER = "docker"


class NodeIp(StrEnum):
    """The value of a kubelet's `node-ip` argument."""

    PAIR = "both addresses, the primary family's first"
    PRIMARY = "the address of the primary family"
    PRIMARY_UNSPECIFIED = "`::` when IPv6 is primary, else nothing"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Minor:
    """A Kubernetes minor, and its differences from others."""

    minor: int
    patch: str
    """The patch version that is installed if a configuration names only the minor: the last one that was run."""
    etcd: str
    pause: str
    coredns: str
    """The tags of images that kubeadm of this patch pulls (`kubeadm config images list`, run). Late patches changed the tag of etcd."""
    last: int | None = None
    """The number of the last patch, of a minor that gets no more. https://kubernetes.io/releases/patch-releases/#non-active-branch-history
    (1.29.15 came after its last entry there.)"""

    @property
    def name(self) -> str:
        """The minor as people write it: 1.37."""
        return f"1.{self.minor}"

    # the documents

    @property
    def api_version(self) -> str:
        """The version of kubeadm's API that its documents have: the newest that this kubeadm accepts, without a warning.

        kubeadm reads v1beta3 from 1.22 (#101129) and v1beta4 from 1.31 (#125029). For some minors it still reads the older
        version, later with a warning. Then it refuses it: v1beta2 from 1.27 (#114540), v1beta3 from 1.37 (#136016).
        """
        if self.minor >= 31:
            return "kubeadm.k8s.io/v1beta4"
        return "kubeadm.k8s.io/v1beta3" if self.minor >= 22 else "kubeadm.k8s.io/v1beta2"

    def reads_stored(self, later: "Minor") -> bool:
        """Whether its kubeadm reads `kubeadm-config` as the kubeadm of a later minor has stored it.

        A join reads it in every version that kubeadm has types for. 1.28 to 1.30 have those of v1beta4, although they refuse it in a
        file (cmd/kubeadm/app/apis/kubeadm/scheme/scheme.go of 1.21.14, 1.27.16, 1.28.15 and 1.30.14).
        """
        return later.api_version <= self.api_version or 28 <= self.minor <= 30

    @property
    def lists_arguments(self) -> bool:
        """Whether extra arguments are a list of names and values, as in v1beta4, and not a map. The wrong shape is an error."""
        return self.minor >= 31

    @property
    def reads_patches(self) -> bool:
        """Whether a kubeadm document can name a directory of patches: since v1beta3."""
        return self.minor >= 22

    @property
    def reads_certificate_settings(self) -> bool:
        """Whether a document can name the algorithm of keys and the life of certificates: since v1beta4 (#123054)."""
        return self.minor >= 31

    @property
    def key_algorithms(self) -> tuple[KeyAlgorithm, ...]:
        """The algorithms of keys that a document can name: 1.34 added ECDSA-P384 (#131677)."""
        if not self.reads_certificate_settings:
            return ()
        return tuple(
            algorithm
            for algorithm in KeyAlgorithm
            if algorithm is not KeyAlgorithm.ECDSA_P384 or self.minor >= 34
        )

    @property
    def gates_learners(self) -> bool:
        """Whether a gate of kubeadm must be set so that a member joins etcd as a learner: it is off in 1.27 (#113318) and 1.28.

        A learner does not vote until it holds the data. From 1.29 the gate is on by default. Before 1.27 a member votes at once.
        """
        return self.minor in (27, 28)

    @property
    def takes_several_issuers(self) -> bool:
        """Whether an API server accepts tokens of several issuers: since 1.22 (#101155). It signs with the first."""
        return self.minor >= 22

    @property
    def renews_pod_tokens(self) -> bool:
        """Whether kubelets renew the tokens that pods mount: on by default since 1.21 (#95667). Before, they are in Secrets for good."""
        return self.minor >= 21

    @property
    def reads_issuers(self) -> bool:
        """Whether an API server reads issuers of people's tokens from a file: on by default since 1.30 (KEP-3331)."""
        return self.minor >= 30

    @property
    def authentication_api(self) -> str:
        """The version of that file: v1 since 1.34."""
        return f"apiserver.config.k8s.io/{'v1' if self.minor >= 34 else 'v1beta1'}"

    @property
    def audits_every_group(self) -> bool:
        """Whether an audit policy can name every API group by `*`: since 1.36."""
        return self.minor >= 36

    @property
    def admits_by_level(self) -> bool:
        """Whether an API server holds pods against the Pod Security Standards: on by default since 1.23 (KEP-2579)."""
        return self.minor >= 23

    @property
    def pod_security_api(self) -> str:
        """The version of its configuration: v1 since 1.25."""
        return f"pod-security.admission.config.k8s.io/{'v1' if self.minor >= 25 else 'v1beta1'}"

    @property
    def signs_kubelets(self) -> bool:
        """Whether control planes approve kubelets' serving certificates: by the API of 1.19 (certificates.k8s.io/v1, #91685)."""
        return self.minor >= 19

    # dual-stack

    @property
    def writes_gate(self) -> bool:
        """Whether the dual-stack gate must be set: it is alpha and off through 1.20, on by default from 1.21 (#98969)."""
        return self.minor <= 20

    @property
    def joins_with_gate(self) -> bool:
        """Whether the gate must be passed to each joining kubelet as a flag (#80531).

        From 1.19 a joining kubelet finds the gate in the configuration that it downloads (#90840).
        """
        return self.minor <= 18

    @property
    def kubeadm_knows_gate(self) -> bool:
        """Whether kubeadm knows the dual-stack gate. From 1.24 its name is an error (#106648)."""
        return self.minor <= 23

    @property
    def components_know_gate(self) -> bool:
        """Whether the components know the dual-stack gate. From 1.25 they do not start with its name (#109435)."""
        return self.minor <= 24

    @property
    def services_have_two_families(self) -> bool:
        """Whether a Service can have both families: 1.20 replaced `ipFamily` by `ipFamilyPolicy` and `ipFamilies` (#91824)."""
        return self.minor >= TWO_FAMILY_SERVICES

    @property
    def reads_service_ranges(self) -> bool:
        """Whether `serviceSubnet` may hold two ranges: since 1.17 (#82473).

        In 1.16 it holds the primary family's range, and the API server and the controller manager get both as an argument.
        """
        return self.minor >= 17

    @property
    def has_family_node_masks(self) -> bool:
        """Whether each family has its own node mask: since 1.17 (#79993). 1.16 has one mask for both."""
        return self.minor >= 17

    @property
    def node_mask_ipv4(self) -> int:
        """The prefix length of a node's share of the IPv4 pod range: room for the 110 pods that a kubelet runs by default."""
        return 24

    @property
    def node_mask_ipv6(self) -> int:
        """The prefix length of a node's share of the IPv6 pod range: the controller manager's own default.

        The flag is always written, because kubeadm 1.18 and 1.19 would derive another mask from the range (72 from a /56).
        kubeadm of the other minors since 1.17 writes none.
        """
        return 64 if self.has_family_node_masks else self.node_mask_ipv4

    @property
    def kubeadm_checks_sizes(self) -> bool:
        """Whether kubeadm refuses ranges that are too wide or too narrow: since 1.20 (#95723, run).

        Before, kubeadm starts the API server and the controller manager, and these exit because of most such ranges.
        """
        return self.minor >= 20

    def node_ip(self, provider: CloudProvider) -> NodeIp:
        """The value of a kubelet's `node-ip`.

        Without a cloud provider a kubelet accepts a pair from 1.20 (#95239). With one, a pair stops the kubelet through
        1.26, needs the alpha gate CloudDualStackNodeIPs in 1.27 and 1.28, and works from 1.29 (KEP-3705).

        Before 1.29 one address beside a cloud provider would make the node single-stack. So none is written, and the
        provider reports both. If IPv6 is primary, `::` is written from 1.18 (#85850): it puts the IPv6 address of pods
        first. A kubelet without any configured address puts it second.
        """
        if provider is CloudProvider.NONE:
            return NodeIp.PAIR if self.minor >= 20 else NodeIp.PRIMARY
        if self.minor >= 29:
            return NodeIp.PAIR
        return NodeIp.PRIMARY_UNSPECIFIED if self.minor >= 18 else NodeIp.NOTHING

    @property
    def proxy_modes(self) -> tuple[ProxyMode, ...]:
        """The modes in which kube-proxy handles both families; the first is the default here.

        ipvs handles both in every minor, iptables from 1.18 (#82462). nftables is alpha and off in 1.29 and 1.30, on from
        1.31 and stable from 1.33. From 1.35 ipvs is deprecated (#134539), and kubeadm 1.37 warns of it (#139067).
        The mode is always written: kube-proxy 1.37 warns if it is not (#139957), and the default will change.
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
        """Whether the kubelet has kubenet, which 1.24 removed together with dockershim (#106907)."""
        return self.minor <= 23

    def runtime(self, cni: Cni) -> Runtime:
        """The container runtime for a network plugin: Docker for kubenet, which is a part of dockershim, otherwise containerd."""
        return Runtime.DOCKER if cni is Cni.KUBENET else Runtime.CONTAINERD

    def cri_socket(self, cni: Cni) -> str:
        """The runtime's socket. From 1.24 kubeadm warns of a path without a scheme (#107295), but only older minors have dockershim."""
        if self.runtime(cni) is Runtime.DOCKER:
            return "/var/run/dockershim.sock"
        return "unix:///run/containerd/containerd.sock"

    @property
    def cgroup_driver(self) -> str:
        """The manager of cgroups: systemd, because it manages those of everything else on the machine.

        The kubelet's own default is cgroupfs. kubeadm writes systemd from 1.21 for `init` and from 1.22 for `join`.
        """
        return "systemd"

    @property
    def ends_pods_gracefully(self) -> bool:
        """Whether a kubelet lets pods end when its machine shuts down: on by default from 1.21 (#98005), alpha in 1.20."""
        return self.minor >= 21

    @property
    def confines_pods(self) -> bool:
        """Whether a kubelet can give pods the runtime's seccomp profile by default: its gate is on from 1.25 (#110805)."""
        return self.minor >= 25

    @property
    def ends_tokens_in_time(self) -> bool:
        """Whether pods' tokens end after the hour for which they are made, and not after a year.

        The CIS benchmarks ask for that from 1.29 on. In older clusters are older clients, some of which read their token only once.
        """
        return self.minor >= 29

    @property
    def control_plane_labels(self) -> tuple[str, ...]:
        """The labels that kubeadm gives control planes: 1.20 added the second (#95382), 1.24 removed the first (#107533)."""
        if self.minor <= 19:
            return (OLD_CONTROL_PLANE,)
        return (OLD_CONTROL_PLANE, CONTROL_PLANE) if self.minor <= 23 else (CONTROL_PLANE,)

    @property
    def control_plane_taints(self) -> tuple[str, ...]:
        """The taints that kubeadm gives control planes: 1.24 added the second (#107533), 1.25 removed the first (#110095)."""
        if self.minor <= 23:
            return (OLD_CONTROL_PLANE,)
        return (OLD_CONTROL_PLANE, CONTROL_PLANE) if self.minor == 24 else (CONTROL_PLANE,)

    @property
    def registry(self) -> str:
        """The registry that kubeadm of this patch pulls from by default. Late patches of 1.22 to 1.24 have the new one (run)."""
        return "registry.k8s.io" if self.minor >= 22 else "k8s.gcr.io"

    @property
    def ubuntu(self) -> str:
        """The Ubuntu LTS of the machines' image: 20.04 boots with cgroup v1, and 24.04 has only cgroup v2."""
        return "24.04" if self.runs_on_cgroup_v2 else "20.04"

    @property
    def runs_on_cgroup_v2(self) -> bool:
        """Whether kubelets support cgroup v2: from 1.25 (KEP-2254). From 1.35 they require it by default (#134298)."""
        return self.minor >= 25

    # software installed beside kubeadm and the kubelet: in November 2026 each release except Docker's was found among its project's tags

    @property
    def containerd(self) -> str:
        """The release of github.com/containerd/containerd.

        Kubelets before 1.26 may call CRI v1alpha2 (#110618), which containerd 2 no longer has. 1.7.27 is the last release
        whose binaries run on the glibc of Ubuntu 20.04. 2.3 is supported until April 2028.
        """
        return "2.3.4" if self.minor >= 26 else "1.7.27"

    @property
    def runc(self) -> str:
        """The release of github.com/opencontainers/runc, from the line that this containerd is tested with."""
        return "1.4.3" if self.minor >= 26 else "1.2.8"

    @property
    def cni_plugins(self) -> str:
        """The release of github.com/containernetworking/plugins. It still speaks CNI 0.1.0, which kubenet uses."""
        return "1.9.1"

    @property
    def crictl(self) -> str:
        """The release of github.com/kubernetes-sigs/cri-tools, which has one for each minor.

        It publishes digests from 1.21.0 on (kubernetes-sigs/cri-tools#716). The bootstrap of an older minor would stop at a
        404 for the digest, so it gets the first release that has one.
        """
        return f"1.{max(self.minor, 21)}.0"

    @property
    def etcdutl(self) -> str | None:
        """The release of github.com/etcd-io/etcd whose etcdutl restores snapshots; None where etcd is older than 3.5.

        One for all minors: revisions go up by flags that 3.5 has not, and what 3.7.0 restores, the etcd of 3.5.24, of 3.6.8 and
        of 3.7.0 serve.
        """
        return "3.7.0" if self.minor >= 22 else None

    @property
    def etcd_floor(self) -> str | None:
        """The least etcd that its makers ask for before the etcd of the next minor; None where that is of the same line.

        3.5.26 before 3.6, because earlier ones may bring members back that were removed (etcd-io/website#1095), and 3.6.11
        before 3.7 (etcd-io/website#1168). Late patches of kubeadm bring less than that.
        """
        return {33: "3.5.26", 36: "3.6.11"}.get(self.minor)

    @property
    def docker(self) -> str | None:
        """The release of Docker's static build, for kubenet only: the last patch of the line that this kubeadm has validated.

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
        Minor(16, "1.16.15", etcd="3.3.15-0", pause="3.1", coredns="1.6.2", last=15),
        Minor(17, "1.17.17", etcd="3.4.3-0", pause="3.1", coredns="1.6.5", last=17),
        Minor(18, "1.18.19", etcd="3.4.3-0", pause="3.2", coredns="1.6.7", last=20),
        Minor(19, "1.19.16", etcd="3.4.13-0", pause="3.2", coredns="1.7.0", last=16),
        Minor(20, "1.20.15", etcd="3.4.13-0", pause="3.2", coredns="1.7.0", last=15),
        Minor(21, "1.21.14", etcd="3.4.13-0", pause="3.4.1", coredns="v1.8.0", last=14),
        Minor(22, "1.22.17", etcd="3.5.6-0", pause="3.5", coredns="v1.8.4", last=17),
        Minor(23, "1.23.17", etcd="3.5.6-0", pause="3.6", coredns="v1.8.6", last=17),
        Minor(24, "1.24.17", etcd="3.5.6-0", pause="3.7", coredns="v1.8.6", last=17),
        Minor(25, "1.25.16", etcd="3.5.9-0", pause="3.8", coredns="v1.9.3", last=16),
        Minor(26, "1.26.15", etcd="3.5.10-0", pause="3.9", coredns="v1.9.3", last=15),
        Minor(27, "1.27.16", etcd="3.5.12-0", pause="3.9", coredns="v1.10.1", last=16),
        Minor(28, "1.28.15", etcd="3.5.15-0", pause="3.9", coredns="v1.10.1", last=15),
        Minor(29, "1.29.15", etcd="3.5.16-0", pause="3.9", coredns="v1.11.1", last=15),
        Minor(30, "1.30.14", etcd="3.5.15-0", pause="3.9", coredns="v1.11.3", last=14),
        Minor(31, "1.31.14", etcd="3.5.24-0", pause="3.10", coredns="v1.11.3", last=14),
        Minor(32, "1.32.13", etcd="3.5.24-0", pause="3.10", coredns="v1.11.3", last=13),
        Minor(33, "1.33.13", etcd="3.5.24-0", pause="3.10", coredns="v1.12.0"),
        Minor(34, "1.34.12", etcd="3.6.5-0", pause="3.10.1", coredns="v1.12.1"),
        Minor(35, "1.35.8", etcd="3.6.6-0", pause="3.10.1", coredns="v1.13.1"),
        Minor(36, "1.36.5", etcd="3.6.8-0", pause="3.10.2", coredns="v1.14.2"),
        Minor(37, "1.37.2", etcd="3.7.0-0", pause="3.10.2", coredns="v1.14.6"),
    )
}
"""Every minor with dual-stack, by its number, the oldest first."""

OLDEST = min(MINORS)
"""The first minor with dual-stack."""

NEWEST = max(MINORS)
"""The newest minor that has a row."""


def minor_number(version: str) -> int:
    """The number of the minor of a version like 1.37 or 1.37.2, also of one that has no row."""
    return int(version.split(".")[1])


def is_known(version: str) -> bool:
    """Whether the minor of a version has a row. One of a newer program's may have none."""
    found = re.match(r"1\.([0-9]{1,4})(\.|$)", version)
    return found is not None and int(found[1]) in MINORS


def minor_of(version: str) -> Minor:
    """The row for a version like 1.37 or 1.37.2; a `KeyError` if its minor has none."""
    return MINORS[minor_number(version)]


def patch_of(version: str) -> str:
    """The exact version: a full version as it is, for a minor like 1.37 the patch in its row."""
    return version if version.count(".") == 2 else minor_of(version).patch
