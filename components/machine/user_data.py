"""The user data of a machine: one cloud-config, made of the files in `templates/node`.

User data contains no secret and no value that is known only after a deployment. The machine reads its own addresses from
instance metadata, and the API's name, CA hash, token and keys from SSM. So the same spec always gives the same bytes, and a
preview shows them.
"""

import ast
import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from jinja2 import BaseLoader

from ..config.check import Fault, SpecError
from ..facts import ports, ssm_paths
from ..facts.choices import FileScope
from ..facts.ecr import ecr_registry
from ..facts.instance_types import Architecture, describe
from ..facts.regions import partition_of
from ..facts.versions import Runtime
from ..rendering import quoted, templates
from ..spec.cluster import ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from .documents import (
    AUDIT_POLICY_FILE,
    PATCHES_FOLDER,
    control_plane_join,
    init_documents,
    worker_join,
)
from .software import artifacts, packages, proxies_by_ipvs

PROGRAMS = "/usr/local/lib/dualstack"
"""The folder of this project's programs on a machine."""

LIMIT_BYTES = 16384
"""The most bytes that EC2 accepts as user data, counted before base64."""


@dataclass(frozen=True, slots=True)
class File:
    """A file on the machine, owned by root."""

    path: str
    content: str
    mode: str = "0644"


def control_plane_text(spec: ControlPlaneSpec) -> str:
    """The cloud-config of a control plane."""
    architecture = describe(spec.control_plane.instance_type).architecture
    programs = (
        "control_plane.py",
        "election.py",
        "renew_token.py",
        "gone_machines.py",
        "etcd_members.py",
    )
    timers = ("token", "members", "certificates")
    audit = spec.kubeadm.audit_policy
    return _cloud_config(
        spec,
        [
            *_common(spec, architecture, "control-plane"),
            File("/etc/dualstack/kubeadm/init.yaml", init_documents(spec), "0600"),
            File("/etc/dualstack/kubeadm/join.yaml", control_plane_join(spec), "0600"),
            *([File(AUDIT_POLICY_FILE, audit, "0600")] if audit else []),
            *_given(spec, FileScope),
            *_programs(*programs),
            _script("renew-certificates.sh"),
            *_units(
                f"dualstack-{timer}.{kind}" for timer in timers for kind in ("service", "timer")
            ),
        ],
    )


def worker_text(spec: WorkerPoolSpec) -> str:
    """The cloud-config of a pool's workers."""
    return _cloud_config(
        spec,
        [
            *_common(spec, spec.pool.architecture, "worker"),
            File("/etc/dualstack/kubeadm/join.yaml", worker_join(spec), "0600"),
            *_given(spec, [FileScope.ALL]),
            *_programs("worker.py"),
        ],
    )


def encoded(text: str) -> str:
    """The text as EC2 accepts it: compressed and in base64. The same text gives the same bytes.

    A `SpecError` if it exceeds `LIMIT_BYTES`.
    """
    packed = _packed(text)
    if message := too_long(text):
        raise SpecError([Fault("kubeadm", message)])
    return b64encode(packed).decode()


def too_long(text: str) -> str | None:
    """What is wrong with a text that exceeds `LIMIT_BYTES`; None if it does not."""
    if (size := len(_packed(text))) <= LIMIT_BYTES:
        return None
    return (
        f"machines would be told {size} bytes, and EC2 takes {LIMIT_BYTES}; "
        "shorten auditPolicy or patches, or a file, or make a file secret"
    )


@lru_cache(maxsize=16)
def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _given(spec: NodeSpec, scopes: Iterable[FileScope]) -> list[File]:
    """The files of the configuration for some machines. A machine reads the secret ones from SSM."""
    return [
        File(path, file.content, "0600")
        for path, file in spec.kubeadm.files.items()
        if file.content and not file.secret and file.on in scopes
    ]


def _common(spec: NodeSpec, architecture: Architecture, role: str) -> list[File]:
    """The files that both kinds of machine have."""
    modules = ["modules.conf", *(["modules-ipvs.conf"] if proxies_by_ipvs(spec) else [])]
    return [
        File("/etc/dualstack/node.json", json.dumps(_settings(spec, role), indent=1) + "\n"),
        *[
            File(f"{PATCHES_FOLDER}/{name}", patch, "0600")
            for name, patch in spec.kubeadm.patches.items()
        ],
        *[File(f"/etc/modules-load.d/dualstack-{name}", _static(name)) for name in modules],
        File("/etc/sysctl.d/90-dualstack.conf", _static("sysctl.conf")),
        *_shutdown(spec),
        *_proxied(spec),
        *_logged_in(spec),
        _script("prepare-host.sh"),
        *_programs("machine.py", "imds.py", "aws.py", "api.py", "kubeadm.py", "bootstrap.py"),
        *_units(["dualstack-host.service", "dualstack-bootstrap.service"]),
        *([] if spec.software.prebaked else _installed(spec, architecture)),
    ]


def _proxied(spec: NodeSpec) -> list[File]:
    """The drop-in of every service, and the program that writes the file which it names. Images bring units of their own."""
    if not spec.software.proxy:
        return []
    text = "[Service]\nEnvironmentFile=-/etc/dualstack/proxy\n"
    return [
        File("/etc/systemd/system/service.d/10-dualstack.conf", text),
        *_programs("proxy.py"),
    ]


def _logged_in(spec: NodeSpec) -> list[File]:
    """What logs in to the cluster's ECR registry."""
    if not ecr_registry(spec.software.image_repository):
        return []
    units = _units(["dualstack-registry.service", "dualstack-registry.timer"])
    return [*_programs("registry_login.py"), *units]


def _shutdown(spec: NodeSpec) -> list[File]:
    """The time for which the kubelet may delay a shutdown.

    The kubelet writes that itself, as 99-kubelet.conf. But Ubuntu's unattended-upgrades-logind-maxdelay.conf comes later in the
    order of names, allows 30 seconds, and the kubelet then gives up (#102818). So this name comes last.
    """
    seconds = spec.nodes.shutdown_grace_seconds
    if not seconds or not spec.kubernetes.ends_pods_gracefully:
        return []
    text = f"[Login]\nInhibitDelayMaxSec={seconds}\n"
    return [File("/etc/systemd/logind.conf.d/zz-dualstack.conf", text)]


def _installed(spec: NodeSpec, architecture: Architecture) -> list[File]:
    """The files that install and run the software, for images that do not contain it."""
    minor = spec.kubernetes
    listed = [
        f"{item.name} {item.version} {item.url} {item.digest} {item.kind} {item.destination}"
        for item in artifacts(spec, architecture)
    ]
    files = [
        File("/etc/dualstack/software", _lines(listed)),
        File("/etc/dualstack/packages", _lines(packages(spec))),
        _script("install-software.sh"),
        File(
            "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", _static("kubelet-kubeadm.conf")
        ),
    ]
    if minor.runtime(spec.cluster.cni) is Runtime.DOCKER:
        return [
            *files,
            *_units(["docker.service", "kubelet.service"]),
            File("/etc/docker/daemon.json", _static("docker.json")),
        ]
    repository = spec.software.image_repository or minor.registry
    endpoint = minor.cri_socket(spec.cluster.cni)
    return [
        *files,
        *_units(["containerd.service", "kubelet.service"]),
        File(
            "/etc/containerd/config.toml",
            _rendered("containerd.toml.j2", pause_image=f"{repository}/pause:{minor.pause}"),
        ),
        File("/etc/crictl.yaml", f"runtime-endpoint: {quoted(endpoint)}\n"),
    ]


def _settings(spec: NodeSpec, role: str) -> dict[str, Any]:
    """The settings that the machine's programs read."""
    minor = spec.kubernetes
    cluster = spec.cluster.name
    scripts = ["prepare-host.sh", *([] if spec.software.prebaked else ["install-software.sh"])]
    settings: dict[str, Any] = {
        "role": role,
        "region": spec.region,
        "runtime": minor.runtime(spec.cluster.cni),
        "criSocket": minor.cri_socket(spec.cluster.cni),
        "apiPort": ports.API,
        "scripts": [f"{PROGRAMS}/{script}" for script in scripts],
        "endpoints": [f"{spec.region}.{suffix}" for suffix in dns_suffixes(spec.region)],
        "parameters": {
            "join": ssm_paths.join_folder(cluster),
            "status": ssm_paths.status_folder(cluster),
        },
    }
    if registry := ecr_registry(spec.software.image_repository):
        settings["registry"] = {
            "host": registry.host,
            "region": registry.region,
            "endpoints": [f"{registry.region}.{end}" for end in dns_suffixes(registry.region)],
        }
    if spec.software.proxy:
        settings["proxy"] = {"url": spec.software.proxy, "direct": spec.no_proxy}
    if role == "control-plane":
        settings["primaryFamily"] = spec.families[0]
        settings["parameterKey"] = ssm_paths.key_alias(cluster)
        settings["pkiFiles"] = ssm_paths.PKI_FILES
        settings["etcdPort"] = ports.ETCD_CLIENTS
        # etcd 3.3, which 1.16 installs, has its JSON gateway at another path.
        settings["etcdApi"] = "v3" if minor.minor >= 17 else "v3beta"
        settings["parameters"] |= {
            "keys": ssm_paths.control_plane_folder(cluster),
            "leader": ssm_paths.leader_folder(cluster),
        }
        secret = [path for path, file in spec.kubeadm.files.items() if file.secret]
        if secret:
            settings["files"] = {path: ssm_paths.machine_file(cluster, path) for path in secret}
    return settings


def dns_suffixes(region: str) -> tuple[str, str]:
    """The DNS suffixes of AWS's services: first the usual one, then that of names that have an IPv6 address too.

    https://docs.aws.amazon.com/general/latest/gr/rande.html#dual-stack-endpoints
    """
    row = partition_of(region)
    return row.dns_suffix, row.dual_stack_suffix


def _cloud_config(spec: NodeSpec, files: Iterable[File]) -> str:
    mirror = spec.software.package_mirror
    return _rendered("cloud-config.yaml.j2", files=files, package_mirror=mirror)


def _programs(*names: str) -> list[File]:
    return [_program(name) for name in names]


@cache
def _program(name: str) -> File:
    return File(f"{PROGRAMS}/{name}", without_prose(_static(name)))


@cache
def _script(name: str) -> File:
    return File(f"{PROGRAMS}/{name}", COMMENT.sub("", _static(name)), "0755")


def _units(names: Iterable[str]) -> list[File]:
    return [File(f"/etc/systemd/system/{name}", _static(name)) for name in names]


def _lines(items: Iterable[str]) -> str:
    return "".join(f"{item}\n" for item in items)


@cache
def _static(name: str) -> str:
    environment = templates("node")
    loader = cast("BaseLoader", environment.loader)
    return loader.get_source(environment, name)[0]


def _rendered(name: str, **values: object) -> str:
    return templates("node").get_template(name).render(values, literal=literal)


COMMENT = re.compile(r"^ *# .*\n|  # noqa.*", re.MULTILINE)
"""A line with nothing but a comment, or a `noqa` at the end of a line."""


def without_prose(program: str) -> str:
    """A Python program without docstrings and comments, because user data has at most 16 KiB."""
    lines = program.splitlines(keepends=True)
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for statement in filter(_is_prose, node.body):
                first, last = statement.lineno - 1, statement.end_lineno or 0
                # A class with only a docstring needs another statement in its place.
                rest = f"{' ' * statement.col_offset}...\n" if len(node.body) == 1 else ""
                lines[first:last] = [rest, *[""] * (last - first - 1)]
    return re.sub(r"\n{3,}", "\n\n", COMMENT.sub("", "".join(lines))).lstrip()


def _is_prose(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant(str())):
            return True
        case _:
            return False


PLAIN = re.compile(r"([^\s][^\n]*\n)(\n*[^\n]+\n)*")
"""The form of a text that a YAML literal block keeps unchanged: no space at its start, one line break at its end."""


def literal(text: str, indent: int) -> str:
    """A text as a YAML literal block, so that the user data shows a file as it will be; a quoted string if a block would change it."""
    if not PLAIN.fullmatch(text) or not text.replace("\n", "").replace("\t", "").isprintable():
        return quoted(text)
    margin = " " * indent
    return "|\n" + "\n".join(margin + line if line else "" for line in text.splitlines())
