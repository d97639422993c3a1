"""The etcd server, built from its Go module."""

from pathlib import Path

from .golang import Program, built

VERSION = "v3.6.8"

ETCD = Program(
    name="etcd",
    version=VERSION,
    module="go.etcd.io/etcd/server/v3",
    package="go.etcd.io/etcd/server/v3",
)


def etcd() -> Path:
    """The database behind an API server."""
    return built(ETCD)
