"""The etcd server, built from its Go module."""

from pathlib import Path

from .golang import Program, built

VERSION = "v3.6.8"

MODULE = "go.etcd.io/etcd/server/v3"


def etcd_of(version: str) -> Program:
    """The server of one version."""
    return Program(name="etcd", version=version, module=MODULE, package=MODULE)


ETCD = etcd_of(VERSION)


def etcd() -> Path:
    """The database behind an API server."""
    return built(ETCD)
