"""What the API server is given beside its arguments: one part for each purpose, with the files that its pod mounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..facts.file_flags import AUDIT_FOLDER
from ..facts.kubernetes_folder import AUDIT_POLICY_FILE
from ..rendering import templates
from ..spec.cluster import ControlPlaneSpec
from .node_files import File


@dataclass(frozen=True, slots=True)
class Part:
    """What the API server is given for one purpose."""

    arguments: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Texts by path. Only root may read them."""
    folders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Folders that it writes, by the names of their volumes."""

    def volumes(self) -> list[dict[str, Any]]:
        """The volumes of its pod."""
        return [
            *(
                {
                    "name": PurePosixPath(path).stem,
                    "path": path,
                    "read_only": True,
                    "path_type": "File",
                }
                for path in self.files
            ),
            *(
                {"name": name, "path": path, "read_only": False, "path_type": "DirectoryOrCreate"}
                for name, path in self.folders.items()
            ),
        ]


def api_server_parts(spec: ControlPlaneSpec) -> list[Part]:
    """The parts that a cluster asks for."""
    return [part for part in (_audit(spec),) if part]


def api_server_files(spec: ControlPlaneSpec) -> list[File]:
    """The files of all parts."""
    return [
        File(path, text, "0600")
        for part in api_server_parts(spec)
        for path, text in part.files.items()
    ]


def _audit(spec: ControlPlaneSpec) -> Part | None:
    """The audit log: at most 30 days and 1 GB. Without limits it would fill the disk that etcd uses."""
    if not spec.kubeadm.audit:
        return None
    policy = spec.kubeadm.audit_policy or _template("audit-policy")
    return Part(
        {
            "audit-policy-file": AUDIT_POLICY_FILE,
            "audit-log-path": f"{AUDIT_FOLDER}/audit.log",
            "audit-log-maxage": "30",
            "audit-log-maxbackup": "10",
            "audit-log-maxsize": "100",
        },
        {AUDIT_POLICY_FILE: policy},
        {"audit": AUDIT_FOLDER},
    )


def _template(kind: str, **values: Any) -> str:
    return templates("kubeadm").get_template(f"{kind}.yaml.j2").render(values)
