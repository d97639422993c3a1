"""Rules against a running cluster's network: no change takes the subnets or the API's name from what runs in it.

Zones and tiers that were added since the cluster was made are not in its record, and so not compared.
"""

from collections.abc import Iterator

from ..config.check import Fault
from ..machine.settled import EXISTING_VPC, TIERS, ZONES, Settings

SECTIONS = ("network", "existingNetwork")
"""The sections whose settings no machine reads."""

NAME = "api.dnsName"

NAMELESS = (
    f"its load balancer would be replaced by one of another name, which machines and certificates do not know, as {NAME} was "
    "not set when the cluster was made"
)


def lost_places(running: Settings, asked: Settings) -> Iterator[Fault]:
    """The changes that would replace subnets, or the load balancer whose name the API has."""
    yield from _moved_tiers(running, asked)
    if running.get(NAME) is None:
        yield from _lost_zones(running, asked)
        yield from _other_subnets(running, asked)


def _moved_tiers(running: Settings, asked: Settings) -> Iterator[Fault]:
    """A tier may come and go. While it stays, it stays in its subnets."""
    for path in sorted(running.keys() & asked.keys()):
        if path.startswith(f"{TIERS}.") and running[path] != asked[path]:
            was, wanted = running[path], asked[path]
            yield Fault(
                path,
                f"{wanted or 'nothing'} is asked for and the tier has {was or 'nothing'}; a change replaces its subnets and all "
                f"that is in them. {f'Keep {was}' if was else 'Leave it out'}, or add a tier of another name, move what is in "
                "the subnets, and remove this one",
            )


def _lost_zones(running: Settings, asked: Settings) -> Iterator[Fault]:
    had, has = (str(settings.get(ZONES) or "").split(", ") for settings in (running, asked))
    if ZONES in asked and (gone := [zone for zone in had if zone and zone not in has]):
        yield Fault(
            ZONES,
            f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone, and the API is there too: {NAMELESS}. Keep "
            f"{'it' if len(gone) == 1 else 'them'}, or make a second cluster",
        )


def _other_subnets(running: Settings, asked: Settings) -> Iterator[Fault]:
    """The existing subnets of the load balancer that are gone, or that are others now."""
    if EXISTING_VPC not in asked:
        return
    for path, was in sorted(running.items()):
        place, _, field = path.rpartition(".")
        if not place.startswith("existingNetwork.") or field != "id":
            continue
        if path not in asked:
            yield Fault(
                place,
                f"it is gone, and the API is there too: {NAMELESS}. Keep it, or make a second cluster",
            )
        elif None not in (was, asked[path]) and was != asked[path]:
            yield Fault(
                path,
                f"{asked[path]} is asked for and the API is in {was}: {NAMELESS}. Keep {was}, or make a second cluster",
            )
