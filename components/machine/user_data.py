"""The user data of a machine: one cloud-config, made of the files in `templates/node`.

User data contains no secret and no value that is known only after a deployment. The machine reads its own addresses from
instance metadata, and the API's name, CA hash, token, keys and programs from SSM. So the same spec always gives the same bytes, and a
preview shows them.
"""

import json
from collections.abc import Iterable

from ..facts.choices import FileScope, ImageFamily
from ..facts.instance_types import Architecture, describe
from ..facts.role import Role
from ..facts.versions import Runtime
from ..rendering import quoted
from ..spec.cluster import ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from .added_files import added_files
from .api_server import api_server_files
from .cloud_config import cloud_config, rendered
from .documents import (
    INIT_FILE,
    PATCHES_FOLDER,
    control_plane_join,
    init_documents,
    worker_join,
)
from .fetched_programs import CORE
from .issuer import patches
from .node_files import File, lines, programs, script, static, units
from .node_settings import SETTINGS_FILE, node_settings
from .software import artifacts, packages, proxies_by_ipvs

SOFTWARE = "/etc/dualstack/software"
"""The list of what `install-software.sh` installs."""


def control_plane_text(spec: ControlPlaneSpec) -> str:
    """The cloud-config of a control plane."""
    return cloud_config(spec, [*control_plane_files(spec), *added_files(spec)])


def worker_text(spec: WorkerPoolSpec) -> str:
    """The cloud-config of a pool's workers."""
    return cloud_config(spec, [*worker_files(spec), *added_files(spec)])


def control_plane_files(spec: ControlPlaneSpec) -> list[File]:
    """The files in the user data of a control plane, before those of the configuration."""
    architecture = describe(spec.control_plane.instance_type).architecture
    return [
        *_common(spec, architecture, Role.CONTROL_PLANE),
        File(INIT_FILE, init_documents(spec), "0600"),
        File("/etc/dualstack/kubeadm/join.yaml", control_plane_join(spec), "0600"),
        *api_server_files(spec),
        *_given(spec, FileScope),
    ]


def worker_files(spec: WorkerPoolSpec) -> list[File]:
    """The files in the user data of a worker, before those of the configuration."""
    return [
        *_common(spec, spec.pool.architecture, Role.WORKER),
        File("/etc/dualstack/kubeadm/join.yaml", worker_join(spec), "0600"),
        *_given(spec, [FileScope.ALL]),
    ]


def _given(spec: NodeSpec, scopes: Iterable[FileScope]) -> list[File]:
    """The files of the configuration for some machines. A machine reads the secret ones from SSM."""
    return [
        File(path, file.content, "0600")
        for path, file in spec.kubeadm.files.items()
        if file.content and not file.secret and file.on in scopes
    ]


def _common(spec: NodeSpec, architecture: Architecture, role: Role) -> list[File]:
    """The files that both kinds of machine have."""
    modules = ["modules.conf", *(["modules-ipvs.conf"] if proxies_by_ipvs(spec) else [])]
    return [
        File(SETTINGS_FILE, json.dumps(node_settings(spec, role), indent=1) + "\n"),
        *[File(f"{PATCHES_FOLDER}/{name}", patch, "0600") for name, patch in patches(spec).items()],
        *[File(f"/etc/modules-load.d/dualstack-{name}", static(name)) for name in modules],
        File("/etc/sysctl.d/90-dualstack.conf", static("sysctl.conf")),
        *_shutdown(spec, role),
        *_mirrored(spec),
        *_proxied(spec),
        script("prepare-host.sh"),
        *programs(*CORE),
        *units(["dualstack-host.service", "dualstack-bootstrap.service"]),
        *([] if spec.software.prebaked else _installed(spec, architecture)),
    ]


def _mirrored(spec: NodeSpec) -> list[File]:
    """Amazon Linux's own definition of its repository, with another address. For Ubuntu, cloud-init writes the sources."""
    mirror = spec.software.package_mirror
    if not mirror or spec.nodes.family is not ImageFamily.AMAZON_LINUX_2023:
        return []
    text = rendered("amazonlinux.repo.j2", package_mirror=mirror)
    return [File("/etc/yum.repos.d/amazonlinux.repo", text)]


def _proxied(spec: NodeSpec) -> list[File]:
    """The drop-in of every service, and the program that writes the file which it names. Images bring units of their own."""
    if not spec.software.proxy:
        return []
    text = "[Service]\nEnvironmentFile=-/etc/dualstack/proxy\n"
    return [
        File("/etc/systemd/system/service.d/10-dualstack.conf", text),
        *programs("proxy.py"),
    ]


NO_DELAY_SECONDS = 5
"""logind's own time, which is shorter than a kubelet asks for."""


def _shutdown(spec: NodeSpec, role: Role) -> list[File]:
    """The time for which the kubelet may delay a shutdown.

    The kubelet writes that itself, as 99-kubelet.conf. But Ubuntu's unattended-upgrades-logind-maxdelay.conf comes later in the
    order of names, allows 30 seconds, and the kubelet then gives up (#102818). So this name comes last.

    On a control plane the kubelet shall give up. Among its critical pods is etcd, and it would end that before any unit stops: a
    terminated machine could not leave etcd any more. Units of systemd run there in order: dualstack-handover, then the kubelet.
    """
    seconds = spec.nodes.shutdown_grace_seconds
    if not seconds or not spec.kubernetes.ends_pods_gracefully:
        return []
    if role is Role.CONTROL_PLANE:
        seconds = min(seconds - 1, NO_DELAY_SECONDS)
    text = f"[Login]\nInhibitDelayMaxSec={seconds}\n"
    return [File("/etc/systemd/logind.conf.d/zz-dualstack.conf", text)]


def software_list(spec: NodeSpec, architecture: Architecture) -> str:
    """The software that a machine of an architecture installs, one download a line."""
    return lines(
        f"{item.name} {item.version} {item.url} {item.digest} {item.kind} {item.destination}"
        for item in artifacts(spec, architecture)
    )


def _installed(spec: NodeSpec, architecture: Architecture) -> list[File]:
    """The files that install and run the software, for images that do not contain it."""
    minor = spec.kubernetes
    by_apt = spec.nodes.family is ImageFamily.UBUNTU
    files = [
        File(SOFTWARE, software_list(spec, architecture)),
        File("/etc/dualstack/packages", lines(packages(spec) if by_apt else [])),
        File(
            "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
            static("kubelet-kubeadm.conf"),
            "0600",
        ),
    ]
    if minor.runtime(spec.cluster.cni) is Runtime.DOCKER:
        return [
            *files,
            *units(["docker.service", "kubelet.service"]),
            File("/etc/docker/daemon.json", static("docker.json")),
        ]
    repository = spec.software.image_repository or minor.registry
    endpoint = minor.cri_socket(spec.cluster.cni)
    return [
        *files,
        *units(["containerd.service", "kubelet.service"]),
        File(
            "/etc/containerd/config.toml",
            rendered("containerd.toml.j2", pause_image=f"{repository}/pause:{minor.pause}"),
        ),
        File("/etc/crictl.yaml", f"runtime-endpoint: {quoted(endpoint)}\n"),
    ]
