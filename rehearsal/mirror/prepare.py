"""Builds and collects everything that the machines of one Kubernetes minor download."""

from collections.abc import Callable, Iterable

from components.facts.versions import MINORS, Minor

from .downloads import place_downloads
from .images import host_programs, images
from .registry import own_registry


def prepare(minor: str, progress: Callable[[str], object], addons: Iterable[str] = ()) -> None:
    """Fill the cache for a minor like 1.36 and for add-ons of `ON_REQUEST`. What the cache already has is kept."""
    host_programs()
    row = row_of(minor)
    place_downloads(row)
    wanted = images(row, addons)
    with own_registry() as registry:
        registry.offer(wanted, progress)


def row_of(minor: str) -> Minor:
    """The row of the minor in a version like 1.36 or 1.36.5."""
    return MINORS[int(minor.split(".")[1])]


def contents(minor: str) -> list[tuple[str, str, str]]:
    """The name, the version and the real content of each download and image, for people."""
    row = row_of(minor)
    downloads = [(name, version, "built here") for name, version in place_downloads(row).items()]
    return [*downloads, *((image.name, image.tag, image.content) for image in images(row))]
