"""The stand-ins for Pulumi's providers of AWS, random values and TLS."""

from .aws import AwsProvider
from .journal import Journal
from .provider import Provider
from .randomness import random_provider
from .tls import tls_provider


def stand_ins(
    endpoint: str, journal: Journal, *, lift_protection: bool = False
) -> dict[str, Provider]:
    """The stand-ins of one run, by package. `lift_protection` removes AWS's deletion protection before deletions."""
    return {
        "aws": AwsProvider(endpoint, journal, lift_protection=lift_protection),
        "random": random_provider(),
        "tls": tls_provider(),
    }
