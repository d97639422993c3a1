"""The stand-ins for Pulumi's providers of AWS, random values and TLS."""

from .journal import Recorder
from .provider import Provider

PACKAGES = ("aws", "random", "tls")
"""The packages that have a stand-in."""


def stand_ins(
    endpoint: str, journal: Recorder, *, lift_protection: bool = False
) -> dict[str, Provider]:
    """The stand-ins of one run, by package. `lift_protection` removes AWS's deletion protection before deletions."""
    return {
        package: stand_in(package, endpoint, journal, lift_protection=lift_protection)
        for package in PACKAGES
    }


def stand_in(
    package: str, endpoint: str, journal: Recorder | None, *, lift_protection: bool = False
) -> Provider:
    """The stand-in of one package, as in `stand_ins`. Its modules are imported here: a process may need no others."""
    match package:
        case "aws":
            from .aws import AwsProvider  # noqa: PLC0415

            return AwsProvider(endpoint, journal, lift_protection=lift_protection)
        case "random":
            from .randomness import random_provider  # noqa: PLC0415

            return random_provider()
        case "tls":
            from .tls import tls_provider  # noqa: PLC0415

            return tls_provider()
        case _:
            raise ValueError(f"{package} has no stand-in; there are {', '.join(PACKAGES)}")
