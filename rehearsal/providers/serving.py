"""Stand-ins served by the process of a command, in the form in which the engine expects their ports."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .provider import Provider


@contextmanager
def served(providers: Mapping[str, Provider]) -> Iterator[str]:
    """Serve the providers on free ports inside the block. The value is like `aws:40001,tls:40002`, as of PULUMI_DEBUG_PROVIDERS."""
    servers = {package: provider.serve() for package, provider in providers.items()}
    try:
        yield ",".join(f"{package}:{port}" for package, (_, port) in servers.items())
    finally:
        for server, _ in servers.values():
            server.stop(grace=None)
