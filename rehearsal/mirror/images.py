"""The images that a cluster of one Kubernetes minor pulls: the content, the name and the tag of each."""

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.catalog import releases
from components.facts.versions import Minor

from ..builds import node
from ..builds.etcd import etcd_of
from ..builds.golang import ToolError, built
from ..builds.kubernetes import kubernetes
from ..builds.pause import pause
from .layers import Layer

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

BASE = Layer(
    {
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",
    },
    folders={"/tmp": 0o1777, "/run": 0o755, "/var/lib": 0o755},  # noqa: S108 (in an image)
)
"""The files that any program expects in a root file system."""

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")

HOST_PROGRAMS = {
    "xtables-nft-multi": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    "busybox": "busybox-static",
}
"""Programs of this machine that images contain, and the Debian package of each."""

APPLETS = ("sh", "cp", "cat", "ls", "ip", "ps")
IPTABLES = tuple(
    f"{family}tables{form}" for family in ("ip", "ip6") for form in ("", "-save", "-restore")
)


@dataclass(frozen=True, slots=True)
class Image:
    """One image, with its name below a repository."""

    name: str
    tag: str
    layers: tuple[Layer, ...]
    content: str
    """A description of its real content, for people."""
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    """The arguments of the program if a pod gives none."""

    def fingerprint(self) -> str:
        """A hash that changes when the image does."""
        command = json.dumps([self.entrypoint, self.arguments])
        parts = [*(layer.fingerprint() for layer in self.layers), command]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def config(self, layer_digests: list[str]) -> dict[str, Any]:
        """The image configuration of the OCI specification."""
        return {
            "architecture": MACHINE.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {
                "Entrypoint": list(self.entrypoint) or None,
                "Cmd": list(self.arguments) or None,
                "Env": [f"PATH={PATH}"],
            },
            "rootfs": {"type": "layers", "diff_ids": layer_digests},
        }


def images(minor: Minor, addons: Iterable[str] = ()) -> list[Image]:
    """Every image of a cluster that has these add-ons of `ON_REQUEST`. Programs that are missing in the cache are built first."""
    netfilter = _netfilter()
    version = f"v{minor.patch}"
    return [
        *(_of_program(name, version, kubernetes(name, minor.name)) for name in CONTROL_PLANE),
        Image(
            "kube-proxy",
            version,
            (BASE, netfilter, _program("kube-proxy", kubernetes("kube-proxy", minor.name))),
            f"kube-proxy {version}, this machine's iptables, nft and conntrack",
        ),
        _etcd(minor),
        _started(
            "coredns",
            minor.coredns,
            "/coredns",
            built(node.coredns(minor.coredns.removeprefix("v"))),
            "CoreDNS",
        ),
        Image("pause", minor.pause, (Layer({"/pause": pause(minor)}),), "pause", ("/pause",)),
        *_flannel(minor, netfilter),
        _cloud_controller(minor),
        *(ON_REQUEST[addon](minor) for addon in addons),
    ]


def _of_program(name: str, tag: str, program: Path) -> Image:
    return Image(name, tag, (BASE, _program(name, program)), f"{name} {tag}")


def _started(name: str, tag: str, place: str, program: Path, called: str) -> Image:
    """An image whose entrypoint is its one program, at the path that upstream's image has it at."""
    return Image(name, tag, (BASE, Layer({place: program})), f"{called} {tag}", (place,))


def _program(name: str, program: Path) -> Layer:
    return Layer({f"/usr/local/bin/{name}": program})


def _etcd(minor: Minor) -> Image:
    # The number after the hyphen counts builds of the image.
    version = f"v{minor.etcd.partition('-')[0]}"
    return Image(
        "etcd", minor.etcd, (BASE, _program("etcd", built(etcd_of(version)))), f"etcd {version}"
    )


def _flannel(minor: Minor, netfilter: Layer) -> list[Image]:
    version = _version(releases.FLANNEL, minor)
    flanneld, install_conf = (built(program) for program in node.flannel(version))
    plugin = Path(__file__).with_name("flannel_plugin.py")
    return [
        Image(
            "flannel",
            f"v{version}",
            (
                BASE,
                netfilter,
                Layer({"/opt/bin/flanneld": flanneld, "/opt/bin/install-conf": install_conf}),
            ),
            f"flannel v{version} without its backends tencentvpc and udp, this machine's iptables",
        ),
        Image(
            "flannel-cni-plugin",
            f"v{releases.FLANNEL_PLUGIN}",
            (BASE, _busybox(), Layer({"/flannel": plugin})),
            "a stand-in in Python for flannel's CNI plugin, whose module is not served",
        ),
    ]


def _cloud_controller(minor: Minor) -> Image:
    version = _version(releases.CLOUD_CONTROLLER, minor)
    name = "cloud-controller-manager"
    program = built(node.cloud_controller(version))
    return _started(
        name, f"v{version}", f"/bin/aws-{name}", program, "AWS cloud controller manager"
    )


def _metrics_server(minor: Minor) -> Image:
    version = _version(releases.METRICS_SERVER, minor)
    name = "metrics-server"
    return _started(name, f"v{version}", f"/{name}", built(node.metrics_server(version)), name)


ON_REQUEST: Mapping[str, Callable[[Minor], Image]] = {"metricsServer": _metrics_server}
"""Images of optional add-ons, by their switches. Each takes minutes to build, so it is built only for a stack that has the
add-on."""


def _version(of: tuple[releases.PinnedRelease, ...], minor: Minor) -> str:
    release = releases.release_for(of, minor.minor)
    if release is None:
        raise ToolError(f"nothing is released for {minor.name}")
    return release.version


def _netfilter() -> Layer:
    """iptables in its nft variant, nft, conntrack, and a shell."""
    found = host_programs()
    tools = {f"/usr/sbin/{name}": found[name] for name in ("xtables-nft-multi", "nft", "conntrack")}
    extensions = _extensions()
    busybox = _busybox()
    return Layer(
        {**tools, **busybox.files, str(extensions): extensions},
        {**{f"/usr/sbin/{name}": "xtables-nft-multi" for name in IPTABLES}, **busybox.links},
    )


def _busybox() -> Layer:
    return Layer(
        {"/bin/busybox": host_programs()["busybox"]},
        {f"/bin/{applet}": "busybox" for applet in APPLETS},
    )


def _extensions() -> Path:
    """The folder from which iptables loads its matches and targets."""
    return next(Path("/usr/lib").glob("*/xtables"))


def host_programs(wanted: Mapping[str, str] = HOST_PROGRAMS) -> Mapping[str, Path]:
    """The paths of programs of this machine that images contain. Raises ToolError if one is missing."""
    path = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
    found = {name: shutil.which(name, path=path) for name in wanted}
    missing = [wanted[name] for name, place in found.items() if place is None]
    if missing:
        raise ToolError(
            "images of the rehearsal hold programs of this machine, and some are missing; install them: "
            f"apt-get install {' '.join(missing)}"
        )
    return {name: Path(place).resolve() for name, place in found.items() if place}
