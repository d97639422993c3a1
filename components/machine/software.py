"""The software that machines install, where it is downloaded from, and how it is unpacked.

Each download is checked by SHA-256. A digest pinned here is checked whatever the server publishes. Without a pinned digest the
machine uses the digest that the server publishes beside the file. It detects a broken or incomplete download, but not a
compromised server: an attacker who can change the file can change the digest. Against that, use your own mirror
(`software.releaseServer`) or an image that contains everything (`software.prebaked`).
"""

from dataclasses import dataclass
from enum import StrEnum

from ..facts.choices import ImageFamily, ProxyMode
from ..facts.instance_types import Architecture
from ..facts.versions import Runtime, patch_of
from ..spec.cluster import ControlPlaneSpec, NodeSpec


class Kind(StrEnum):
    """How a download is installed."""

    PROGRAM = "program"
    """The file is the program itself."""
    ARCHIVE = "archive"
    """An archive, unpacked into the destination."""
    FOLDER = "folder"
    """An archive with one folder, whose content is unpacked into the destination."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One download."""

    name: str
    version: str
    url: str
    digest: str
    """The file's SHA-256, or the URL at which its server publishes that."""
    kind: Kind
    destination: str
    """The folder for the program, or for the archive's content."""


@dataclass(frozen=True, slots=True)
class DownloadSource:
    """A site and the paths of its files, with {version}, {arch} and {machine} to fill in."""

    site: str
    path: str
    digest: str
    """The path of the published digest, or `PINNED_ONLY` if the site publishes none. Such digests are in `PINNED`."""
    kind: Kind
    destination: str


PINNED_ONLY = "pinned"

KUBERNETES = "/release/v{version}/bin/linux/{arch}/"
GITHUB = "https://github.com"

SOURCES = {
    **{
        program: DownloadSource(
            "https://dl.k8s.io",
            f"{KUBERNETES}{program}",
            f"{KUBERNETES}{program}.sha256",
            Kind.PROGRAM,
            "/usr/local/bin",
        )
        for program in ("kubeadm", "kubelet", "kubectl")
    },
    **{
        name: DownloadSource(
            GITHUB,
            f"/containerd/containerd/releases/download/v{{version}}/{name}-{{version}}-linux-{{arch}}.tar.gz",
            f"/containerd/containerd/releases/download/v{{version}}/{name}-{{version}}-linux-{{arch}}.tar.gz.sha256sum",
            Kind.ARCHIVE,
            "/usr/local",
        )
        for name in ("containerd", "containerd-static")
    },
    "runc": DownloadSource(
        GITHUB,
        "/opencontainers/runc/releases/download/v{version}/runc.{arch}",
        "/opencontainers/runc/releases/download/v{version}/runc.sha256sum",
        Kind.PROGRAM,
        "/usr/local/sbin",
    ),
    "docker": DownloadSource(
        "https://download.docker.com",
        "/linux/static/stable/{machine}/docker-{version}.tgz",
        PINNED_ONLY,
        Kind.FOLDER,
        "/usr/local/bin",
    ),
    "cni-plugins": DownloadSource(
        GITHUB,
        "/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{arch}-v{version}.tgz",
        "/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{arch}-v{version}.tgz.sha256",
        Kind.ARCHIVE,
        "/opt/cni/bin",
    ),
    "crictl": DownloadSource(
        GITHUB,
        "/kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{arch}.tar.gz",
        "/kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{arch}.tar.gz.sha256",
        Kind.ARCHIVE,
        "/usr/local/bin",
    ),
    "etcd": DownloadSource(
        GITHUB,
        "/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz",
        "/etcd-io/etcd/releases/download/v{version}/SHA256SUMS",
        Kind.FOLDER,
        "/opt/etcd",
    ),
}
"""The site and paths of each project's releases. A mirror has the same paths below one address."""

MACHINE = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}
"""Each architecture as Docker names it."""

PINNED = {
    (name, version, architecture): digest
    for name, version, architecture, digest in (
        (
            *("docker", "18.09.9", Architecture.AMD64),
            "82a362af7689038c51573e0fd0554da8703f0d06f4dfe95dd5bda5acf0ae45fb",
        ),
        (
            *("docker", "18.09.9", Architecture.ARM64),
            "c6f4cfe1bef71c339d5127c6c79169479bcb7830c6fb0185139d32ab726e038e",
        ),
        (
            *("docker", "19.03.15", Architecture.AMD64),
            "5504d190eef37355231325c176686d51ade6e0cabe2da526d561a38d8611506f",
        ),
        (
            *("docker", "19.03.15", Architecture.ARM64),
            "264f3396630507606a8646fda6a28a98d3ced8927df84be8ee9a74ab73cc1566",
        ),
        (
            *("docker", "20.10.17", Architecture.AMD64),
            "969210917b5548621a2b541caf00f86cc6963c6cf0fb13265b9731c3b98974d9",
        ),
        (
            *("docker", "20.10.17", Architecture.ARM64),
            "249244024b507a6599084522cc73e73993349d13264505b387593f2b2ed603e6",
        ),
    )
}
"""SHA-256 by name, version and architecture: for Docker, which publishes none.

Each is the value that several unrelated projects recorded for the same file (kops, LibreELEC, AWS CodeBuild's images, Habitat).
"""


def artifacts(spec: NodeSpec, architecture: Architecture) -> list[Artifact]:
    """The downloads of a machine, in the order in which they are installed; none if its image contains everything."""
    if spec.software.prebaked:
        return []
    kubernetes = patch_of(spec.cluster.kubernetes_version)
    minor = spec.kubernetes
    programs = ["kubeadm", "kubelet"]
    etcd: dict[str, str] = {}
    if isinstance(spec, ControlPlaneSpec):
        programs.append("kubectl")
        # Of the archive a restore uses etcdutl. The image of etcd need not have it.
        etcd = {"etcd": minor.etcdutl} if minor.etcdutl else {}
    versions = {
        **_runtime(spec),
        "cni-plugins": minor.cni_plugins,
        **dict.fromkeys(programs, kubernetes),
        **etcd,
    }
    return [
        _artifact(name, version, architecture, spec.software.release_server)
        for name, version in versions.items()
    ]


def packages(spec: NodeSpec) -> list[str]:
    """Packages of the programs that kubeadm, the kubelet and kube-proxy call; none if the image contains everything.

    Most images have them already. Amazon Linux has curl as curl-minimal, beside which curl cannot be installed.
    """
    if spec.software.prebaked:
        return []
    always = PACKAGES[spec.nodes.family]
    return [*always, "ipset", "ipvsadm"] if proxies_by_ipvs(spec) else [*always]


PACKAGES = {
    ImageFamily.UBUNTU: ("conntrack", "curl", "ebtables", "ethtool", "iptables", "socat"),
    ImageFamily.AMAZON_LINUX_2023: ("conntrack-tools", "ethtool", "iptables-nft", "socat", "tar"),
}
"""The packages that every node needs, by the family of its image."""


def proxies_by_ipvs(spec: NodeSpec) -> bool:
    """Whether kube-proxy uses IPVS, the load balancer in the kernel."""
    return spec.proxy_mode is ProxyMode.IPVS


def _runtime(spec: NodeSpec) -> dict[str, str]:
    minor = spec.kubernetes
    if minor.runtime(spec.cluster.cni) is Runtime.DOCKER:
        # Docker's archive contains containerd and runc.
        return {"docker": minor.docker or ""}
    # containerd's usual build needs glibc 2.35. Amazon Linux 2023 has 2.34.
    # https://github.com/containerd/containerd/pull/13942
    static = spec.nodes.family is ImageFamily.AMAZON_LINUX_2023
    containerd = "containerd-static" if static else "containerd"
    return {containerd: minor.containerd, "runc": minor.runc, "crictl": minor.crictl}


def _artifact(name: str, version: str, architecture: Architecture, mirror: str | None) -> Artifact:
    source = SOURCES[name]

    def at(path: str) -> str:
        placed = path.format(version=version, arch=architecture, machine=MACHINE[architecture])
        return f"{mirror or source.site}{placed}"

    published = at(f"{source.path}.sha256" if source.digest == PINNED_ONLY else source.digest)
    # A mirror may serve other builds, by its owner's choice. So the digests that the mirror publishes are used.
    pinned = None if mirror else PINNED.get((name, version, architecture))
    return Artifact(
        name, version, at(source.path), pinned or published, source.kind, source.destination
    )
