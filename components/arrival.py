"""Waiting until the control planes are what their plan says, before workers and add-ons follow."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pulumi

from .duration import spoken
from .facts import ssm_paths
from .facts.lifecycle import SILENT
from .joining import parameters, statuses
from .waiting import looks

PATIENCE_SECONDS = 900
"""The longest time in which no machine says anything new. The longest step is a download, of software or of images."""

FAILED_SECONDS = 300
"""The same while a machine says that it has failed, whatever its reasons. It is longer than one attempt, because a failure may be
temporary."""

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
    def patience_seconds(self) -> int:
        """How long nothing new may be said."""
        failed = any(FAILED in words for words in self.words.values())
        return FAILED_SECONDS if failed else PATIENCE_SECONDS


@dataclass(frozen=True)
class WantedPlan:
    """The plan that control planes are to reach."""

    version: str
    digest: str


@dataclass
class Wait:
    """A wait for the plan: what each machine has said since it began."""

    plan: WantedPlan
    now: float = 0
    """The time of the last look, on the monotonic clock in seconds."""
    heard: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """The steps by the name of their machine, and `FAILED` for one that has failed since its last new step."""
    since: dict[str, float] = field(default_factory=dict[str, float])
    """When each machine said something new."""

    def hear(self, seen: ControlPlanesSeen, now: float) -> None:
        """Take up what was seen. A machine that fails again says nothing new: its reasons may have other numbers each time."""
        self.now = now
        for name, words in seen.words.items():
            news = (name, FAILED if FAILED in words else words)
            if news in self.heard:
                continue
            self.heard.discard((name, FAILED))
            self.heard.add(news)
            self.since[name] = now

    @property
    def quiet_seconds(self) -> float:
        """How long no machine has said anything new."""
        return self.now - max(self.since.values())

    def progress(self, seen: ControlPlanesSeen) -> str:
        """How far the control planes are: the words of each, and how long it has said nothing new, as far as this run knows."""
        each = "; ".join(
            f"{name}: {words} (for {spoken(timedelta(seconds=self.now - self.since[name]))})"
            for name, words in sorted(seen.words.items())
        )
        return f"control planes go to the plan of {self.plan.version}: {each}"

    def given_up(self, seen: ControlPlanesSeen) -> str:
        """What is said when nothing new was said for too long."""
        minutes = seen.patience_seconds // 60
        then = "The machines go on trying, each from where it stopped: mend what they say, and run `pulumi up`, which waits again"
        if any(PUT_BACK in words for words in seen.words.values()):
            then = (
                "A machine that has put back what it had does not try the same again: change the setting that it names, and run "
                "`pulumi up`; or mend the cause, and run `systemctl restart dualstack-upgrade` there"
            )
        return (
            f"{self.progress(seen)}. Nothing new was said for {minutes} minutes. Workers and add-ons stay as they are. {then}. More is "
            "in the journal of dualstack-upgrade on the machine that has failed"
        )


async def until_reached(
    cluster: str, plan: WantedPlan, machines: Mapping[str, str], opts: pulumi.InvokeOptions
) -> None:
    """Wait until all control planes are at the plan. `machines` are the names of control planes by id.

    Each minute a line says at which step each is, and for how long. A `RunError` has their own words if one fails, or nothing new is
    said for too long.
    They go on by themselves: an `up` that ends before them harms nothing, and the next one waits again.
    """
    wait = Wait(plan)
    async for seen, now in looks(partial(look, cluster, machines, opts), wait.progress):
        if seen.reached == plan.digest:
            return
        wait.hear(seen, now)
        if wait.quiet_seconds > seen.patience_seconds:
            raise pulumi.RunError(wait.given_up(seen))


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
