"""The etcd server, built from its Go module."""

from pathlib import Path

from components.facts.versions import MINORS, NEWEST

from .golang import Program, built

MODULE = "go.etcd.io/etcd/server/v3"


def etcd_of(version: str) -> Program:
    """The server of one version."""
    return Program(name="etcd", version=version, module=MODULE, package=MODULE)


# An image's tag is the version and the number of the image: 3.7.0-0.
ETCD = etcd_of(f"v{MINORS[NEWEST].etcd.partition('-')[0]}")
"""What kubeadm of the newest minor starts."""


def etcd() -> Path:
    """The database behind an API server."""
    return built(ETCD)
