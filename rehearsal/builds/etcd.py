"""The etcd server and the program that restores its snapshots, built from their Go modules."""

from pathlib import Path

from components.facts.versions import MINORS, NEWEST

from .golang import Program, built

MODULE = "go.etcd.io/etcd/server/v3"
UTL_MODULE = "go.etcd.io/etcd/etcdutl/v3"


def etcd_of(version: str) -> Program:
    """The etcd server of a version like v3.6.8."""
    return Program(name="etcd", version=version, module=MODULE, package=MODULE)


def etcdutl_of(version: str) -> Program:
    """The program that restores snapshots, of a version like v3.6.8."""
    return Program(name="etcdutl", version=version, module=UTL_MODULE, package=UTL_MODULE)


# The tag of an image is the version of etcd and the number of the image: 3.7.0-0.
ETCD = etcd_of(f"v{MINORS[NEWEST].etcd.partition('-')[0]}")
"""The etcd that kubeadm of the newest minor starts."""

ETCDUTL = etcdutl_of(ETCD.version)
"""What restores its snapshots."""


def etcd() -> Path:
    """The path of the etcd server, built first if it is missing."""
    return built(ETCD)


def etcdutl() -> Path:
    """The path of the program that restores snapshots, built first if it is missing."""
    return built(ETCDUTL)
