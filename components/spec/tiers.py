"""Further tiers of subnets: their place in the address plan, and their routes."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole, matching
from ..config.section import Section, ask
from ..facts.choices import TierRoute
from ..facts.subnet_plan import SLOTS
from .ranges import FurtherVpcIpv4Range

TierName = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?",
        "the name of a tier; write up to 32 lower-case letters, digits and hyphens, like database",
    ),
]
Slot = Annotated[Whole, Field(ge=0, le=SLOTS - 1)]


class TierSection(Section):
    """A further tier: one subnet in each zone, for what is not the cluster's."""

    slot: Slot = ask(f"choose a number from 0 to {SLOTS - 1} that no other tier has")
    """The tier's place in the address plan, 0 to 7. It fixes the ranges in both families. A change replaces the
    subnets."""
    ipv4_range: FurtherVpcIpv4Range | None = None
    """One of `furtherIpv4Ranges`, in which the tier's subnets are. By default they are in the first range, in the upper
    half of each zone's share. Private subnets must then have the lower half or less."""
    route: TierRoute = TierRoute.PRIVATE
    """Where its packets go: as those of private subnets, as those of public ones, or nowhere outside the VPC."""
