"""The settings that a machine's programs read, in `/etc/dualstack/node.json`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..facts import ports, ssm_paths
from ..facts.choices import KubeletCertificates
from ..facts.ecr import ecr_registry
from ..facts.regions import partition_of
from ..facts.role import Role
from ..spec.cluster import ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from .added_files import commands, scripts
from .node_files import PROGRAMS

SETTINGS_FILE = "/etc/dualstack/node.json"


def planned_settings(files: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The settings in the files of a plan of control planes; empty where the plan has none."""
    _, text = files.get(SETTINGS_FILE, ("", "{}"))
    return json.loads(text)


def node_settings(spec: NodeSpec, role: Role) -> dict[str, Any]:
    """The settings that the machine's programs read."""
    minor = spec.kubernetes
    cluster = spec.cluster.name
    first, last = scripts(spec)
    software = [] if spec.software.prebaked else ["install-software.sh"]
    settings: dict[str, Any] = {
        "role": role,
        "region": spec.region,
        "runtime": minor.runtime(spec.cluster.cni),
        "criSocket": minor.cri_socket(spec.cluster.cni),
        "apiPort": ports.API,
        "scripts": [
            f"{PROGRAMS}/{script}" for script in ("prepare-host.sh", *first, *software, *last)
        ],
        "endpoints": [f"{spec.region}.{suffix}" for suffix in dns_suffixes(spec.region)],
        "parameters": {
            "join": ssm_paths.join_folder(cluster),
            "status": ssm_paths.status_folder(cluster),
            "programs": ssm_paths.programs_folder(cluster, role),
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
    if any((added := commands(spec)).values()):
        settings["commands"] = added
    if isinstance(spec, WorkerPoolSpec):
        settings["drainSeconds"] = spec.pool.rollout.drain_seconds
    if role is Role.CONTROL_PLANE:
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
        if isinstance(spec, ControlPlaneSpec) and spec.composes_encryption:
            settings["encryption"] = {
                "enabled": spec.encryption.enabled,
                "keys": spec.encryption.key_names,
            }
        if isinstance(spec, ControlPlaneSpec) and spec.service_account_issuer.key > 1:
            settings["serviceAccountKeys"] = spec.service_account_issuer.keys
        if isinstance(spec, ControlPlaneSpec) and _asks_for_certificates(spec):
            settings["kubeletCertificates"] = spec.kubelet_certificates
        secret = [path for path, file in spec.kubeadm.files.items() if file.secret]
        if secret:
            settings["files"] = {path: ssm_paths.machine_file(cluster, path) for path in secret}
    return settings


def _asks_for_certificates(spec: ControlPlaneSpec) -> bool:
    return spec.kubelet_certificates is not KubeletCertificates.SELF_SIGNED


def dns_suffixes(region: str) -> tuple[str, str]:
    """The DNS suffixes of AWS's services: first the usual one, then that of names that have an IPv6 address too.

    https://docs.aws.amazon.com/general/latest/gr/rande.html#dual-stack-endpoints
    """
    row = partition_of(region)
    return row.dns_suffix, row.dual_stack_suffix
