"""Verifies a cluster that runs here: `dualstack verify --probe`, with web pages on this host's internet."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from components.facts.families import Family
from components.facts.versions import Minor
from components.verify.answer import url
from components.verify.command import main

from ..mirror.agnhost import HOST_PROGRAMS, agnhost
from ..mirror.registry import own_registry
from ..mirror.servers import MirrorEndpoints
from . import host
from .network.internet import CLIENT, OUTSIDE
from .network.page import PORT, page

PAGES = dict(zip(Family, CLIENT, strict=True))


def prepare_pods(minor: Minor, progress: Callable[[str], object]) -> str:
    """Push the image of the verifier's pods into the registry; the name by which machines pull it."""
    host.install(HOST_PROGRAMS)
    image = agnhost(minor.name, f"v{minor.patch}")
    with own_registry() as registry:
        registry.offer([image], progress)
    return f"{MirrorEndpoints().registry}/{image.name}:{image.tag}"


@contextmanager
def questions(image: str) -> Iterator[list[str]]:
    """The verifier's arguments for a cluster here: the image of its pods, and a page of each family, served until the block ends."""
    with ExitStack() as opened:
        words = ["--probe", "--image", image]
        for family, address in PAGES.items():
            opened.enter_context(page(OUTSIDE, address))
            words += [f"--egress-{family.lower()}", url(address, PORT, "/")]
        yield words


def verify(kubeconfig: str, image: str) -> int:
    """Print the verifier's table; its exit code, 0 if every check passed.

    The server in the kubeconfig is the load balancer's name, so its resolution in both families is verified too.
    """
    with questions(image) as words, tempfile.NamedTemporaryFile("w", suffix=".kubeconfig") as file:
        file.write(kubeconfig)
        file.flush()
        return main(["--kubeconfig", file.name, *words])
