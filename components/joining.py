"""Waiting until the machines of a new or changed pool have joined, so that `up` ends when they are there."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

import pulumi
from pulumi_aws import autoscaling, ec2, ssm

from .facts import ssm_paths
from .facts.lifecycle import HAS_JOINED, SILENT
from .running_pool import RunningPool
from .spec.cluster import WorkerPoolSpec
from .waiting import looks

T = TypeVar("T")

SLACK_SECONDS = 300
"""What a step may take beside the times of the pool: AWS starts and ends machines, and counts them, in minutes."""

RUNNING = ("pending", "running", "stopping")
"""The states of machines that may be nodes. One that waits at a hook is `running` to EC2."""


@dataclass(frozen=True)
class Template:
    """One version of a launch template. A pool of another image family has another template, whose versions begin at 1 again."""

    id: str
    version: str

    def __str__(self) -> str:
        return f"version {self.version} of the launch template {self.id}"


@dataclass(frozen=True)
class Seen:
    """A pool at one moment."""

    template: Template | None
    """The launch template with which its group makes machines."""
    new: Sequence[str] = ()
    """The machines of the wanted template."""
    old: Sequence[str] = ()
    """Those of others."""
    statuses: Mapping[str, str] = field(default_factory=dict[str, str])
    """The machines' own words, by their ids."""

    @property
    def joined(self) -> list[str]:
        """The new machines that became nodes."""
        return [one for one in self.new if self.statuses.get(one, "").startswith(HAS_JOINED)]

    @property
    def missing(self) -> list[str]:
        """The new machines that are no nodes yet, each with its own words."""
        late = [one for one in self.new if one not in self.joined]
        return [f"{one}: {self.statuses.get(one, SILENT)}" for one in late]


@dataclass(frozen=True)
class Awaited:
    """What a pool is waited for."""

    pool: str
    group: str
    template: Template
    """The launch template that its machines shall have."""
    least: int
    """The least number of machines."""
    patience_seconds: int
    """The longest time in which nothing changes."""

    def is_there(self, seen: Seen) -> bool:
        """Whether all machines are of the wanted template and have joined."""
        return not seen.old and not seen.missing and len(seen.new) >= self.least

    def progress(self, seen: Seen) -> str:
        """How far it is, with the words of the machines that are no nodes yet."""
        count = max(self.least, len(seen.new))
        left = f", {len(seen.old)} of before remain" if seen.old else ""
        late = f"; {'; '.join(seen.missing)}" if seen.missing else ""
        return f"pool {self.pool}: {len(seen.joined)} of {count} machines have joined{left}{late}"

    def turned_back(self, seen: Seen) -> str | None:
        """Why the wait ends at once: the group has another template than this run gave it."""
        if seen.template == self.template:
            return None
        return (
            f"the replacement of pool {self.pool} was rolled back, by AWS or by hand: its group has "
            f"{seen.template or 'no launch template'}, and {self.template} was asked for. {self._reasons(seen)}. Mend that, and run "
            "`pulumi up --refresh`"
        )

    def given_up(self, seen: Seen) -> str:
        """What is said when nothing has changed for too long, and machines are missing."""
        minutes = math.ceil(self.patience_seconds / 60)
        return (
            f"{self.progress(seen)}. Nothing has changed for {minutes} minutes. {self._reasons(seen)}. AWS goes on in the "
            "meantime; `pulumi up` waits again"
        )

    def stayed(self, seen: Seen) -> str:
        """What is said when all new machines have joined, and old ones stay."""
        return (
            f"pool {self.pool}: {', '.join(seen.old)} still have an earlier version of the launch template, and nothing replaces "
            "them: they are protected from scale-in, in standby, or the refresh was cancelled"
        )

    def _reasons(self, seen: Seen) -> str:
        if seen.missing:
            return "The machines say why in their status parameters, which are above"
        return (
            "The group says why: `aws autoscaling describe-scaling-activities --auto-scaling-group-name "
            f"{self.group} --max-items 5`"
        )


def patience(spec: WorkerPoolSpec, *, replaces: bool) -> int:
    """The longest time in which nothing may change: a machine joins, and where machines are replaced, one leaves."""
    rollout = spec.pool.rollout
    seconds = rollout.join_seconds + rollout.warm_up_seconds + SLACK_SECONDS
    if replaces:
        seconds += rollout.leave_seconds
        seconds += rollout.pause_seconds if rollout.pause_at_percentages else 0
    return seconds


async def once_joined(
    spec: WorkerPoolSpec, running: RunningPool, opts: pulumi.InvokeOptions, made: Sequence[str]
) -> str:
    """The AMI of a pool's machines, once they have joined. `made` are the AMI, the group, and the id and version of its template.

    A preview waits for nothing, and neither does a run that changes nothing of the pool: its machines come and go as ever.
    """
    image, group, template, version = made
    running = running.with_image(spec, image)
    waits = spec.pool.rollout.wait_for_nodes and not running.stays
    if waits and not pulumi.runtime.is_dry_run():
        seconds = patience(spec, replaces=running.machines > 0)
        awaited = Awaited(
            spec.pool_name, group, Template(template, version), spec.pool.min, seconds
        )
        await until_joined(awaited, spec.cluster.name, opts)
    return image


async def until_joined(awaited: Awaited, cluster: str, opts: pulumi.InvokeOptions) -> None:
    """Wait until a pool's machines are there. Each minute a line says how far it is; a `RunError` says which are not, and why."""
    words: dict[str, str] = {}
    moved = time.monotonic()
    before = None
    async for seen, now in looks(partial(look, awaited, cluster, opts), awaited.progress):
        words |= {one: text for one, text in seen.statuses.items() if one in seen.new}
        if message := awaited.turned_back(seen):
            raise pulumi.RunError(f"{message}{_last_words(seen, words)}")
        if awaited.is_there(seen):
            return
        if before != (seen.joined, seen.old):
            before, moved = (seen.joined, seen.old), now
        elif now - moved > awaited.patience_seconds:
            if seen.missing or len(seen.new) < awaited.least:
                raise pulumi.RunError(f"{awaited.given_up(seen)}{_last_words(seen, words)}")
            pulumi.log.warn(awaited.stayed(seen))
            return


def _last_words(seen: Seen, words: Mapping[str, str]) -> str:
    """What machines said that have ended since."""
    ended = [f"{one}: {text}" for one, text in words.items() if one not in seen.new]
    return f". Machines that ended said: {'; '.join(ended)}" if ended else ""


async def look(awaited: Awaited, cluster: str, opts: pulumi.InvokeOptions) -> Seen:
    """The pool as AWS and its machines see it now."""
    group, every, new, said = await asyncio.gather(
        _of(autoscaling.get_group_output(name=awaited.group, opts=opts)),
        _machines(awaited, opts, {}),
        _machines(
            awaited,
            opts,
            {
                "tag:aws:ec2launchtemplate:id": awaited.template.id,
                "tag:aws:ec2launchtemplate:version": awaited.template.version,
            },
        ),
        statuses(cluster, opts),
    )
    return Seen(
        _template(group),
        new,
        [one for one in every if one not in new],
        said,
    )


async def statuses(cluster: str, opts: pulumi.InvokeOptions) -> dict[str, str]:
    """What each machine of a cluster says of itself, by its id."""
    folder = ssm_paths.status_folder(cluster)
    held = await parameters(folder, opts)
    return {name.removeprefix(f"{folder}/"): text for name, text in held.items()}


async def parameters(folder: str, opts: pulumi.InvokeOptions) -> dict[str, str]:
    """The values of a folder's parameters by name. Those that are secret stay encrypted."""
    found = await _of(
        ssm.get_parameters_by_path_output(path=folder, with_decryption=False, opts=opts)
    )
    return dict(zip(found.names or (), found.values or (), strict=True))


async def _of(asked: pulumi.Output[T]) -> T:
    """The answer of a look-up."""
    return cast("T", await asked.future())


async def _machines(
    awaited: Awaited, opts: pulumi.InvokeOptions, tags: Mapping[str, str]
) -> list[str]:
    filters = {"tag:aws:autoscaling:groupName": awaited.group, **tags}
    found = await _of(
        ec2.get_instances_output(
            instance_state_names=[*RUNNING],
            filters=[{"name": name, "values": [value]} for name, value in filters.items()],
            opts=opts,
        )
    )
    return sorted(found.ids or ())


def _template(group: autoscaling.GetGroupResult) -> Template | None:
    """The launch template of a group, which may be inside its policy of mixed instances."""
    for policy in group.mixed_instances_policies or ():
        for template in policy.launch_templates:
            for specification in template.launch_template_specifications:
                return Template(specification.launch_template_id, specification.version)
    for template in group.launch_templates or ():
        return Template(template.id, template.version)
    return None
