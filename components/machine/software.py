"""What machines install, where it comes from, and how it is unpacked.

Each download is checked by SHA-256. A digest pinned here holds whatever the server says; where none is, the digest that the
server publishes beside the file is taken, which tells a broken or half-written download from a whole one, but not a server
that was broken into: whoever can change the file can change the digest. For that case there are a mirror of one's own
(`software.releaseServer`) and images that hold everything (`software.prebaked`).
"""

from dataclasses import dataclass
from enum import StrEnum

from ..facts.choices import ProxyMode
from ..facts.instance_types import Architecture
from ..facts.versions import Runtime, minor_of, patch_of
from ..spec.cluster import ControlPlaneSpec, NodeSpec


class Kind(StrEnum):
    """How a download becomes what runs."""

    PROGRAM = "program"
    """The file is the program."""
    ARCHIVE = "archive"
    """The archive is unpacked as it is."""
    FOLDER = "folder"
    """The archive holds one folder, whose content is unpacked."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One download."""

    name: str
    version: str
    url: str
    digest: str
    """Its SHA-256, or the URL at which its server publishes it."""
    kind: Kind
    destination: str
    """The folder that gets the program, or the archive's content."""


@dataclass(frozen=True, slots=True)
class Source:
    """A site and the paths of its files; {version}, {arch} and {machine} stand for what differs."""

    site: str
    path: str
    digest: str
    """A path on the site, or a word for files whose site publishes none: those are pinned in `PINNED`."""
    kind: Kind
    destination: str


PINNED_ONLY = "pinned"

KUBERNETES = "/release/v{version}/bin/linux/{arch}/"
GITHUB = "https://github.com"

SOURCES = {
    **{
        program: Source(
            "https://dl.k8s.io",
            f"{KUBERNETES}{program}",
            f"{KUBERNETES}{program}.sha256",
            Kind.PROGRAM,
            "/usr/local/bin",
        )
        for program in ("kubeadm", "kubelet", "kubectl")
    },
    "containerd": Source(
        GITHUB,
        "/containerd/containerd/releases/download/v{version}/containerd-{version}-linux-{arch}.tar.gz",
        "/containerd/containerd/releases/download/v{version}/containerd-{version}-linux-{arch}.tar.gz.sha256sum",
        Kind.ARCHIVE,
        "/usr/local",
    ),
    "runc": Source(
        GITHUB,
        "/opencontainers/runc/releases/download/v{version}/runc.{arch}",
        "/opencontainers/runc/releases/download/v{version}/runc.sha256sum",
        Kind.PROGRAM,
        "/usr/local/sbin",
    ),
    "docker": Source(
        "https://download.docker.com",
        "/linux/static/stable/{machine}/docker-{version}.tgz",
        PINNED_ONLY,
        Kind.FOLDER,
        "/usr/local/bin",
    ),
    "cni-plugins": Source(
        GITHUB,
        "/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{arch}-v{version}.tgz",
        "/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{arch}-v{version}.tgz.sha256",
        Kind.ARCHIVE,
        "/opt/cni/bin",
    ),
    "crictl": Source(
        GITHUB,
        "/kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{arch}.tar.gz",
        "/kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{arch}.tar.gz.sha256",
        Kind.ARCHIVE,
        "/usr/local/bin",
    ),
}
"""Where each project publishes its releases. A mirror has the same paths below one address."""

MACHINE = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}
"""An architecture as Docker names it."""

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
"""SHA-256 by name, version and architecture: of Docker, which publishes none. Each is what several unrelated projects that
install the same file had recorded (kops, LibreELEC, AWS CodeBuild's images, Habitat)."""


def artifacts(spec: NodeSpec, architecture: Architecture) -> list[Artifact]:
    """What a machine downloads, in the order of need; nothing when its image holds everything."""
    if spec.software.prebaked:
        return []
    kubernetes = patch_of(spec.cluster.kubernetes_version)
    minor = minor_of(spec.cluster.kubernetes_version)
    programs = ["kubeadm", "kubelet"]
    if isinstance(spec, ControlPlaneSpec):
        programs.append("kubectl")
    versions = {
        **_runtime(spec),
        "cni-plugins": minor.cni_plugins,
        **dict.fromkeys(programs, kubernetes),
    }
    return [
        _artifact(name, version, architecture, spec.software.release_server)
        for name, version in versions.items()
    ]


def packages(spec: NodeSpec) -> list[str]:
    """Programs that kubeadm, the kubelet and kube-proxy call, by the name of their Ubuntu package; most images have them."""
    if spec.software.prebaked:
        return []
    always = ["conntrack", "curl", "ebtables", "ethtool", "iptables", "socat"]
    return [*always, "ipset", "ipvsadm"] if proxies_by_ipvs(spec) else always


def proxies_by_ipvs(spec: NodeSpec) -> bool:
    """Whether kube-proxy needs the kernel's load balancer."""
    minor = minor_of(spec.cluster.kubernetes_version)
    return (spec.kubeadm.proxy_mode or minor.proxy_modes[0]) is ProxyMode.IPVS


def _runtime(spec: NodeSpec) -> dict[str, str]:
    minor = minor_of(spec.cluster.kubernetes_version)
    if minor.runtime(spec.cluster.cni) is Runtime.DOCKER:
        # Docker's archive has its own containerd and runc.
        return {"docker": minor.docker or ""}
    return {"containerd": minor.containerd, "runc": minor.runc, "crictl": minor.crictl}


def _artifact(name: str, version: str, architecture: Architecture, mirror: str | None) -> Artifact:
    source = SOURCES[name]

    def at(path: str) -> str:
        placed = path.format(version=version, arch=architecture, machine=MACHINE[architecture])
        return f"{mirror or source.site}{placed}"

    published = at(f"{source.path}.sha256" if source.digest == PINNED_ONLY else source.digest)
    # What a mirror serves is its owner's choice, so there its own digests count.
    pinned = None if mirror else PINNED.get((name, version, architecture))
    return Artifact(
        name, version, at(source.path), pinned or published, source.kind, source.destination
    )
