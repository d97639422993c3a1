"""Build and collect everything that the machines of one Kubernetes minor download."""

from collections.abc import Callable, Iterable

from components.facts.versions import MINORS, Minor

from .downloads import place_downloads
from .images import host_programs, images
from .registry import own_registry


def prepare(minor: str, progress: Callable[[str], object], addons: Iterable[str] = ()) -> None:
    """Fill the cache for a minor like 1.36, and for add-ons that are made on request; what is there already is left alone."""
    host_programs()
    row = row_of(minor)
    place_downloads(row)
    wanted = images(row, addons)
    with own_registry() as registry:
        registry.offer(wanted, progress)


def row_of(minor: str) -> Minor:
    """The row of a minor, or of a version of it."""
    return MINORS[int(minor.split(".")[1])]


def contents(minor: str) -> list[tuple[str, str, str]]:
    """Each download and image with its version and what is really in it, for people."""
    row = row_of(minor)
    downloads = [(name, version, "built here") for name, version in place_downloads(row).items()]
    return [*downloads, *((image.name, image.tag, image.content) for image in images(row))]
