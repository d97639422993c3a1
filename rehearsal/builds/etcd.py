"""The etcd server, built from its Go module."""

from pathlib import Path

from components.facts.versions import MINORS, NEWEST

from .golang import Program, built

MODULE = "go.etcd.io/etcd/server/v3"


def etcd_of(version: str) -> Program:
    """The server of one version."""
    return Program(name="etcd", version=version, module=MODULE, package=MODULE)


# The tag of an image is the version of etcd and the number of the image: 3.7.0-0.
ETCD = etcd_of(f"v{MINORS[NEWEST].etcd.partition('-')[0]}")
"""The etcd that kubeadm of the newest minor starts."""


def etcd() -> Path:
    """The path of the etcd server, built first if it is missing."""
    return built(ETCD)
