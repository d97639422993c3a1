"""Start and stop the servers that the machines of a rehearsal download from."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from ..daemons import Daemon
from ..state import State
from ..well_known import HOST, REGISTRY_PORT, RELEASE_PORT
from .downloads import downloads_folder
from .registry import REGISTRY_ENVIRONMENT, answers, registry_command, registry_folder

READY = "/ready"
"""A file of the release server that always exists."""


@dataclass(frozen=True, slots=True)
class MirrorEndpoints:
    """Where the two servers listen: an address of each family, IPv4 first, and a port for each server."""

    addresses: tuple[str, ...] = HOST
    release_port: int = RELEASE_PORT
    registry_port: int = REGISTRY_PORT

    @property
    def registry(self) -> str:
        """The host and port in the names of images, as in `software.imageRepository`."""
        return f"{self.addresses[0]}:{self.registry_port}"


@dataclass(frozen=True, slots=True)
class Releases:
    """The two servers as a stack's configuration and a machine's image name them."""

    release_server: str
    """As in `software.releaseServer`."""
    image_repository: str
    """As in `software.imageRepository`."""
    containerd_files: Mapping[str, str]
    """Files of a machine's image, by path, by which containerd uses plain HTTP for the registry."""


def serve(state: State, endpoints: MirrorEndpoints | None = None) -> Releases:
    """The running servers, which are started first if they do not run."""
    endpoints = endpoints or MirrorEndpoints()
    daemon = _daemon(state)
    with daemon.lock:
        daemon.start(
            *_commands(daemon, endpoints),
            answers=lambda: _all_answer(endpoints),
            environment=REGISTRY_ENVIRONMENT,
        )
    return offered(endpoints)


def offered(endpoints: MirrorEndpoints) -> Releases:
    """The names of the two servers, also while they do not run."""
    registry = endpoints.registry
    return Releases(
        f"http://{endpoints.addresses[0]}:{endpoints.release_port}",
        registry,
        {
            f"/etc/containerd/certs.d/{registry}/hosts.toml": (
                f'server = "http://{registry}"\n\n'
                f'[host."http://{registry}"]\n  capabilities = ["pull", "resolve"]\n'
            )
        },
    )


def stop(state: State) -> None:
    """End both servers. Their files stay in the cache."""
    _daemon(state).end()


def _daemon(state: State) -> Daemon:
    return Daemon("the release server and the registry", state.folder / "releases")


def _commands(daemon: Daemon, endpoints: MirrorEndpoints) -> list[list[str]]:
    """The release server, which listens on every address, and a registry for each address."""
    downloads_folder().mkdir(parents=True, exist_ok=True)
    (downloads_folder() / READY[1:]).touch()
    registry_folder().mkdir(parents=True, exist_ok=True)
    releases = [
        *(sys.executable, "-m", "rehearsal.mirror.file_server", str(downloads_folder())),
        *(str(endpoints.release_port), *endpoints.addresses),
    ]
    registries = [
        registry_command(
            daemon.folder / f"registry-{number}.yaml", _listener(address, endpoints.registry_port)
        )
        for number, address in enumerate(endpoints.addresses)
    ]
    return [releases, *registries]


def _all_answer(endpoints: MirrorEndpoints) -> bool:
    return all(
        answers(address, endpoints.registry_port, "/v2/")
        and answers(address, endpoints.release_port, READY)
        for address in endpoints.addresses
    )


def _listener(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ip_address(address).version == 6 else f"{address}:{port}"
