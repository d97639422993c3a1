"""Waiting until the control planes are what their plan says, before workers and add-ons follow."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pulumi

from .facts import ssm_paths
from .facts.lifecycle import SILENT
from .joining import parameters, statuses
from .waiting import looks

PATIENCE_SECONDS = 900
"""The longest time in which no machine says anything new. The longest step is a download, of software or of images."""

FAILED_SECONDS = 300
"""The same while a machine says that it has failed. It is longer than one attempt, because a failure may be temporary."""

PUT_BACK = "from before are back"
"""The words of a machine whose static pods did not start, and that runs those of before again."""

FAILED = " failed: "
"""What is between the upgrade and the reason in the status of a machine that has failed."""


@dataclass(frozen=True)
class ControlPlanesSeen:
    """The control planes at one moment."""

    reached: str = ""
    """The digest of the plan that all have reached; empty if they have said nothing."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """Their own words, by their names."""

    @property
    def failed(self) -> bool:
        """Whether a machine says that it has failed."""
        return any(FAILED in words for words in self.words.values())


@dataclass(frozen=True)
class WantedPlan:
    """The plan that control planes are to reach."""

    version: str
    digest: str

    def progress(self, seen: ControlPlanesSeen) -> str:
        """How far the control planes are, with the words of each."""
        each = "; ".join(f"{name}: {words}" for name, words in sorted(seen.words.items()))
        return f"control planes go to the plan of {self.version}: {each}"


async def until_reached(
    cluster: str, plan: WantedPlan, machines: Mapping[str, str], opts: pulumi.InvokeOptions
) -> None:
    """Wait until all control planes are at the plan. `machines` are the names of control planes by id.

    Each minute a line says how far each is. A `RunError` has their own words if one fails, or nothing new is said for too long.
    They go on by themselves: an `up` that ends before them harms nothing, and the next one waits again.
    """
    heard: set[tuple[str, str]] = set()
    moved = time.monotonic()
    async for seen, now in looks(partial(look, cluster, machines, opts), plan.progress):
        if seen.reached == plan.digest:
            return
        if new := seen.words.items() - heard:
            heard |= new
            moved = now
        elif now - moved > (FAILED_SECONDS if seen.failed else PATIENCE_SECONDS):
            raise pulumi.RunError(_given_up(seen, plan))


def _given_up(seen: ControlPlanesSeen, plan: WantedPlan) -> str:
    minutes = (FAILED_SECONDS if seen.failed else PATIENCE_SECONDS) // 60
    then = "The machines go on trying, each from where it stopped: mend what they say, and run `pulumi up`, which waits again"
    if any(PUT_BACK in words for words in seen.words.values()):
        then = (
            "A machine that has put back what it had does not try the same again: change the setting that it names, and run "
            "`pulumi up`; or mend the cause, and run `systemctl restart dualstack-upgrade` there"
        )
    return (
        f"{plan.progress(seen)}. Nothing new was said for {minutes} minutes. Workers and add-ons stay as they are. {then}. More is in "
        "the journal of dualstack-upgrade on the machine that has failed"
    )


async def look(
    cluster: str, machines: Mapping[str, str], opts: pulumi.InvokeOptions
) -> ControlPlanesSeen:
    """The control planes as they say it now."""
    joined, said = await asyncio.gather(
        parameters(ssm_paths.join_folder(cluster), opts), statuses(cluster, opts)
    )
    return ControlPlanesSeen(
        joined.get(ssm_paths.reached(cluster), "").partition(" ")[0],
        {name: said.get(one, SILENT) for one, name in machines.items()},
    )
