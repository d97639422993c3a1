"""The rule for images that a configuration names by their ids: they age."""

from collections.abc import Iterator

from ..config.check import Fault

OLD_DAYS = 90
"""An image without the security updates of a quarter is worth a word."""


def aged(image: str, days: int) -> Iterator[Fault]:
    """The warning of an old image."""
    if days > OLD_DAYS:
        yield Fault(
            "nodes.image",
            f"{image} is {days} days old, and new machines begin without the updates since; name a newer one, which replaces "
            "workers in order, or write ubuntu with nodes.newestImage",
        )
