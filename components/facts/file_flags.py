"""Arguments whose value names files, and the files and folders that a component finds without being given any."""

import re
from collections.abc import Mapping

from .kubernetes_folder import BUNDLE, KEYS, RESOLVER, STUB

SUFFIXES = ("-file", "-config", "-kubeconfig", "-manifest", "-path", "-filepath-nfs")
"""How the name of an argument ends that names a file."""

OTHERS: Mapping[str, tuple[str, ...]] = {
    "apiServerArgs": ("tls-sni-cert-key", "service-account-signing-endpoint"),
    "controllerManagerArgs": ("tls-sni-cert-key", "pv-recycler-pod-template-filepath-hostpath"),
    "schedulerArgs": ("tls-sni-cert-key", "config"),
    "etcdArgs": (),
    "kubeletArgs": ("resolv-conf", "boot-id-file", "machine-id-file", "container-hints"),
}
"""Further arguments that name files."""

NO_FILES = ("runtime-config", "lock-file", "audit-log-path", "etcd-prefix", "debug-socket-path")
"""Arguments that name no file, or one that the component makes itself."""

OF_SECRETS = ("token-auth-file",)
"""Arguments whose files hold nothing but secrets."""

MADE_FOLDERS = ("flex-volume-plugin-dir", "volume-plugin-dir")
"""Folders that the component makes if they are missing."""

PRESENT: Mapping[str, tuple[str, ...]] = {
    "apiServerArgs": (*KEYS, BUNDLE),
    "controllerManagerArgs": (*KEYS, BUNDLE),
    "schedulerArgs": (),
    "etcdArgs": (),
    "kubeletArgs": (KEYS[0], BUNDLE, RESOLVER, STUB),
}
"""Files that each component finds: what kubeadm mounts into its pod, and what every machine has."""

AUDIT_FOLDER = "/var/log/kubernetes/audit"
"""The folder of the audit log, which only root may enter. It is mounted where there is such a log."""


def named_files(field: str, flag: str, value: str) -> list[str]:
    """The paths in the value of an argument that names files; an empty list for any other argument."""
    if flag in NO_FILES or not (flag.endswith(SUFFIXES) or flag in OTHERS.get(field, ())):
        return []
    if flag == "tls-sni-cert-key":
        # A certificate and its key, and behind a colon the names that it is for.
        return [part for part in value.split(":", maxsplit=1)[0].split(",") if part]
    return [value] if value else []


def named_folder(flag: str, value: str) -> str | None:
    """The folder in the value of an argument that names one; None for any other argument."""
    return (
        value if re.search(r"-(dir|root)$", flag) and flag not in MADE_FOLDERS and value else None
    )
