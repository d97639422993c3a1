"""Every provider that has a stand-in."""

from .aws import AwsProvider
from .journal import Journal
from .provider import Provider


def stand_ins(endpoint: str, journal: Journal) -> dict[str, Provider]:
    """The providers of one run, by package."""
    return {"aws": AwsProvider(endpoint, journal)}
