"""The files of the release server: those of `components.machine.software`, at their upstream paths, with checksums."""

import hashlib
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from components.facts.instance_types import Architecture
from components.facts.versions import Minor
from components.machine.software import MACHINE, SOURCES

from ..builds import node
from ..builds.cache import cache_folder, sole_builder
from ..builds.etcd import etcdutl_of
from ..builds.golang import built
from ..builds.kubernetes import kubernetes

KUBERNETES = ("kubeadm", "kubelet", "kubectl")

Members = Mapping[str, Path]
"""Programs by their path in an archive."""

ARCHIVES: dict[str, Callable[[str], Members]] = {
    "containerd": lambda version: {
        f"bin/{program.name}": built(program) for program in node.containerd(version)
    },
    "cni-plugins": lambda version: {
        name: built(program) for name, program in node.cni_plugins(version).items()
    },
    "crictl": lambda version: {"crictl": built(node.crictl(version))},
    # Machines use nothing else of it.
    "etcd": lambda version: {f"etcd-v{version}/etcdutl": built(etcdutl_of(f"v{version}"))},
}
"""The content of each archive, by its version."""


def downloads_folder() -> Path:
    """The folder that the release server serves."""
    return cache_folder() / "releases"


def place_downloads(minor: Minor) -> dict[str, str]:
    """Build and place everything that a node of a minor downloads; the version of each download by its name."""
    placed = dict.fromkeys(KUBERNETES, minor.patch)
    for name, version in placed.items():
        _place(name, version, _linked(kubernetes(name, minor.name)))
    archives = {
        "containerd": minor.containerd,
        "cni-plugins": minor.cni_plugins,
        "crictl": minor.crictl,
        **({"etcd": minor.etcdutl} if minor.etcdutl else {}),
    }
    for name, version in archives.items():
        if not _is_placed(name, version):
            _place(name, version, _archived(ARCHIVES[name](version)))
    _place("runc", minor.runc, _linked(built(node.runc(minor.runc))))
    return {**placed, **archives, "runc": minor.runc}


def _linked(program: Path) -> Callable[[Path], None]:
    return lambda path: path.hardlink_to(program)


def _archived(members: Members) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        # Little compression: each machine reads the archive once, over a virtual link.
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            for name, program in members.items():
                archive.add(program, name)

    return write


def _is_placed(name: str, version: str) -> bool:
    return all(_paths(name, version, architecture)[1].exists() for architecture in Architecture)


def _place(name: str, version: str, make: Callable[[Path], None]) -> None:
    """Place a file and its checksum under the paths of both architectures. Every machine here has this host's processor."""
    with sole_builder(f"release-{name}", version):
        if not _is_placed(name, version):
            _write(name, version, make)


def _write(name: str, version: str, make: Callable[[Path], None]) -> None:
    listed = ""
    first: Path | None = None
    for architecture in Architecture:
        path, _ = _paths(name, version, architecture)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if first is None:
            make(path)
            first = path
        else:
            path.hardlink_to(first)
        with path.open("rb") as file:
            listed += f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n"
    for architecture in Architecture:
        path, checksum = _paths(name, version, architecture)
        of_file = listed if name in ("runc", "etcd") else _own_line(listed, path.name)
        checksum.write_text(of_file)


def _own_line(listed: str, name: str) -> str:
    return next(f"{line}\n" for line in listed.splitlines() if line.endswith(f"  {name}"))


def _paths(name: str, version: str, architecture: Architecture) -> tuple[Path, Path]:
    """The paths of a file and of its checksum."""
    source = SOURCES[name]

    def at(path: str) -> Path:
        placed = path.format(version=version, arch=architecture, machine=MACHINE[architecture])
        return downloads_folder() / placed.lstrip("/")

    return at(source.path), at(source.digest)
